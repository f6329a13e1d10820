// The call while it lasts: who does what, what is said, and how to be silent, to write and to end.

import { useEffect, useRef, useState } from "react";
import { Level, Turns, Write } from "../call/Turns";
import { Icon } from "../parts/Icon";
import { Tag } from "../parts/states";
import type { Shown } from "./server";
import { shownTurns } from "./shown";
import type { VisitorsCall } from "./useCall";
import { filled, type Words } from "./words";

interface Props {
  shown: Shown;
  words: Words;
  language: string;
  call: VisitorsCall;
}

export function Call({ shown, words, language, call }: Props) {
  const here = useRef<HTMLElement>(null);
  // The button that began the call is gone; whoever uses the keyboard goes on from here.
  useEffect(() => here.current?.focus(), []);
  const widget = shown.widget_config;
  const turns = shownTurns(call.talk.turns, widget);
  const showsTranscript = call.isText || widget.transcript_enabled !== false;
  const mayWrite = call.stage === "running" && (call.isText || widget.text_input_enabled !== false);
  return (
    <section
      ref={here}
      className="stack"
      aria-label={filled(words.conversation_with, { name: shown.name })}
      tabIndex={-1}
    >
      <Controls words={words} call={call} mayMute={widget.mic_muting_enabled !== false} />
      {call.stage === "starting" && !call.isText && <p className="soft small">{words.allow_microphone}</p>}
      {showsTranscript && turns.length > 0 && (
        <div className="card said-so-far">
          <Turns turns={turns} agent={shown.name} language={language} words={words} />
        </div>
      )}
      {widget.feedback_mode === "during" && <Thumbs words={words} call={call} />}
      {mayWrite && (
        <Write
          onSend={call.send}
          label={words.input_label}
          placeholder={words.input_placeholder}
          send={words.send_message}
        />
      )}
    </section>
  );
}

function Controls({ words, call, mayMute }: { words: Words; call: VisitorsCall; mayMute: boolean }) {
  const { session, isText, isMuted } = call;
  return (
    <div className="row apart">
      <span role="status">
        <Tag kind="info" live>
          {doing(words, call)}
        </Tag>
      </span>
      <div className="row">
        {!isText && session && <Level volume={session.volume} />}
        {!isText && mayMute && (
          <button
            type="button"
            className="button"
            aria-pressed={isMuted}
            onClick={call.mute}
            disabled={!session}
          >
            <Icon name={isMuted ? "mute" : "microphone"} />
            {words.mute_microphone}
          </button>
        )}
        <button type="button" className="button danger" onClick={call.hangUp}>
          <Icon name="stop" />
          {words.end_call}
        </button>
      </div>
    </div>
  );
}

function doing(words: Words, { stage, isText, mode }: VisitorsCall): string {
  if (stage === "starting") return words.connecting_status;
  if (isText) return words.chatting_status;
  return mode === "speaking" ? words.speaking_status : words.listening_status;
}

/** What the visitor thinks of the last answer; asked once for each. */
function Thumbs({ words, call: { talk, session } }: { words: Words; call: VisitorsCall }) {
  const [rated, remember] = useState<number | null>(null);
  const last = talk.turns.findLast(({ who, eventId }) => who === "agent" && eventId !== undefined)?.eventId;
  if (last === undefined || last === rated || !session) return null;
  const rate = (isGood: boolean) => {
    session.rate(isGood, last);
    remember(last);
  };
  return (
    <div className="row small">
      <span className="soft">{words.last_answer}</span>
      <button type="button" className="button slim" onClick={() => rate(true)}>
        {words.answer_good}
      </button>
      <button type="button" className="button slim" onClick={() => rate(false)}>
        {words.answer_bad}
      </button>
    </div>
  );
}
