// After the call: how it ended, what was said, and what the visitor thought of it.

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Turns } from "../call/Turns";
import { Id } from "../parts/Copy";
import { messageOf } from "../parts/Trouble";
import type { Labels } from "./labels";
import { type Opinion, rate, type Shown } from "./server";
import { shownTurns } from "./shown";
import type { VisitorsCall } from "./useCall";

interface Props {
  shown: Shown;
  labels: Labels;
  language: string;
  call: VisitorsCall;
}

export function Over({ shown, labels, language, call }: Props) {
  const here = useRef<HTMLElement>(null);
  useEffect(() => here.current?.focus(), []);
  const widget = shown.widget_config;
  const id = call.session?.id;
  const asks = widget.feedback_mode === "end" || Boolean(widget.end_feedback);
  const turns = shownTurns(call.talk.turns, widget);
  const showsTranscript = call.isText || widget.transcript_enabled !== false;
  return (
    <section ref={here} className="stack" aria-label={`Conversation with ${shown.name}`} tabIndex={-1}>
      <Ending labels={labels} call={call} />
      <p className="row">
        <button type="button" className="button main" onClick={call.leave}>
          {labels.new_call}
        </button>
      </p>
      {asks && id && <Feedback id={id} labels={labels} />}
      {showsTranscript && turns.length > 0 && (
        <div className="card said-so-far">
          <Turns turns={turns} agent={shown.name} language={language} />
        </div>
      )}
      {id && widget.show_conversation_id !== false && (
        <div className="small soft row">
          <span>{labels.conversation_id}</span>
          <Id id={id} what="the conversation's id" />
        </div>
      )}
    </section>
  );
}

function Ending({ labels, call: { end } }: { labels: Labels; call: VisitorsCall }) {
  if (end?.trouble) {
    return (
      <div className="notice bad" role="alert">
        <div className="stack tight">
          <p>{end.trouble}</p>
          <p className="small">What was said until then stands below.</p>
        </div>
      </div>
    );
  }
  const text = end?.by === "agent" ? labels.agent_ended_conversation : labels.user_ended_conversation;
  return (
    <p className="soft" role="status">
      {text}
    </p>
  );
}

const MARKS = [1, 2, 3, 4, 5] as const;
const MEANING: Record<(typeof MARKS)[number], string> = {
  1: "bad",
  2: "poor",
  3: "fair",
  4: "good",
  5: "very good",
};

function Feedback({ id, labels }: { id: string; labels: Labels }) {
  const [mark, give] = useState<number | null>(null);
  const [comment, type] = useState("");
  const [state, set] = useState<"asking" | "sending" | "thanked">("asking");
  const [trouble, setTrouble] = useState<string | null>(null);
  const words = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set("sending");
    setTrouble(null);
    const opinion: Opinion = {
      ...(mark ? { rating: mark } : {}),
      ...(comment.trim() ? { comment: comment.trim() } : {}),
    };
    rate(id, opinion).then(
      () => set("thanked"),
      (error) => {
        set("asking");
        setTrouble(messageOf(error));
      },
    );
  };
  if (state === "thanked") {
    return (
      <p className="notice good" role="status">
        {labels.thanks_for_feedback}
      </p>
    );
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <fieldset className="stack tight">
        <legend>{labels.initiate_feedback}</legend>
        <div className="marks">
          {MARKS.map((each) => (
            <label key={each} className="mark">
              <input type="radio" name="mark" checked={mark === each} onChange={() => give(each)} />
              <span>
                {each}
                <span className="hidden-text"> of 5, {MEANING[each]}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="field">
        <label htmlFor={words}>{labels.request_follow_up_feedback}</label>
        <textarea
          id={words}
          className="input"
          rows={3}
          dir="auto"
          maxLength={5000}
          placeholder={labels.follow_up_feedback_placeholder}
          value={comment}
          onChange={(event) => type(event.target.value)}
        />
      </div>
      {trouble && (
        <div className="notice bad" role="alert">
          {trouble}
        </div>
      )}
      <p>
        <button
          type="submit"
          className="button"
          disabled={state === "sending" || (mark === null && !comment.trim())}
        >
          {labels.submit}
        </button>
      </p>
    </form>
  );
}
