// After the call: how it ended, what was said, and what the visitor thought of it.

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Turns } from "../call/Turns";
import { Id } from "../parts/Copy";
import { type Opinion, rate, type Shown } from "./server";
import { shownTurns } from "./shown";
import { type Trouble, troubleOf, Why } from "./trouble";
import type { VisitorsCall } from "./useCall";
import { filled, type Words } from "./words";

interface Props {
  shown: Shown;
  words: Words;
  language: string;
  call: VisitorsCall;
}

export function Over({ shown, words, language, call }: Props) {
  const here = useRef<HTMLElement>(null);
  useEffect(() => here.current?.focus(), []);
  const widget = shown.widget_config;
  const id = call.session?.id;
  const asks = widget.feedback_mode === "end" || Boolean(widget.end_feedback);
  const turns = shownTurns(call.talk.turns, widget);
  const showsTranscript = call.isText || widget.transcript_enabled !== false;
  return (
    <section
      ref={here}
      className="stack"
      aria-label={filled(words.conversation_with, { name: shown.name })}
      tabIndex={-1}
    >
      <Ending words={words} call={call} />
      <p className="row">
        <button type="button" className="button main" onClick={call.leave}>
          {words.new_call}
        </button>
      </p>
      {asks && id && <Feedback id={id} words={words} language={language} />}
      {showsTranscript && turns.length > 0 && (
        <div className="card said-so-far">
          <Turns turns={turns} agent={shown.name} language={language} words={words} />
        </div>
      )}
      {id && widget.show_conversation_id !== false && (
        <div className="small soft row">
          <span>{words.conversation_id}</span>
          <Id id={id} words={{ copy: words.copy_id, copied: words.copied, refused: words.not_copied }} />
        </div>
      )}
    </section>
  );
}

function Ending({ words, call }: { words: Words; call: VisitorsCall }) {
  const { end } = call;
  if (end?.trouble) {
    return (
      <div className="notice bad" role="alert">
        <div className="stack tight">
          <Why trouble={end.trouble} />
          {call.talk.turns.length > 0 && <p className="small">{words.said_until_then}</p>}
        </div>
      </div>
    );
  }
  const text = end?.by === "agent" ? words.agent_ended_conversation : words.user_ended_conversation;
  return (
    <p className="soft" role="status">
      {text}
    </p>
  );
}

const MARKS = [1, 2, 3, 4, 5] as const;
function Feedback({ id, words, language }: { id: string; words: Words; language: string }) {
  const [mark, give] = useState<number | null>(null);
  const [comment, type] = useState("");
  const [state, set] = useState<"asking" | "sending" | "thanked">("asking");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const field = useId();
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
        setTrouble(troubleOf(error, words, language));
      },
    );
  };
  if (state === "thanked") {
    return (
      <p className="notice good" role="status">
        {words.thanks_for_feedback}
      </p>
    );
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <fieldset className="stack tight">
        <legend>{words.initiate_feedback}</legend>
        <div className="marks">
          {MARKS.map((each) => (
            <label key={each} className="mark">
              <input type="radio" name="mark" checked={mark === each} onChange={() => give(each)} />
              <span>
                <span aria-hidden="true">{each}</span>
                <span className="hidden-text">
                  {filled(words.mark, { mark: each, meaning: words[`mark_${each}`] })}
                </span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="field">
        <label htmlFor={field}>{words.request_follow_up_feedback}</label>
        <textarea
          id={field}
          className="input"
          rows={3}
          dir="auto"
          maxLength={5000}
          placeholder={words.follow_up_feedback_placeholder}
          value={comment}
          onChange={(event) => type(event.target.value)}
        />
      </div>
      {trouble && (
        <div className="notice bad" role="alert">
          <Why trouble={trouble} />
        </div>
      )}
      <p>
        <button
          type="submit"
          className="button"
          disabled={state === "sending" || (mark === null && !comment.trim())}
        >
          {words.submit}
        </button>
      </p>
    </form>
  );
}
