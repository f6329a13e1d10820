// The call while it lasts: who does what, what is said, and how to be silent, to write and to end.

import { useEffect, useRef, useState } from "react";
import { Level, Turns, Write } from "../call/Turns";
import { Icon } from "../parts/Icon";
import { Tag } from "../parts/states";
import type { Labels } from "./labels";
import type { Shown } from "./server";
import { shownTurns } from "./shown";
import type { VisitorsCall } from "./useCall";

interface Props {
  shown: Shown;
  labels: Labels;
  language: string;
  call: VisitorsCall;
}

export function Call({ shown, labels, language, call }: Props) {
  const here = useRef<HTMLElement>(null);
  // The button that began the call is gone; whoever uses the keyboard goes on from here.
  useEffect(() => here.current?.focus(), []);
  const widget = shown.widget_config;
  const turns = shownTurns(call.talk.turns, widget);
  const showsTranscript = call.isText || widget.transcript_enabled !== false;
  const mayWrite = call.stage === "running" && (call.isText || widget.text_input_enabled !== false);
  return (
    <section ref={here} className="stack" aria-label={`Conversation with ${shown.name}`} tabIndex={-1}>
      <Controls labels={labels} call={call} mayMute={widget.mic_muting_enabled !== false} />
      {call.stage === "starting" && !call.isText && (
        <p className="soft small">If the browser asks for the microphone, allow it.</p>
      )}
      {showsTranscript && turns.length > 0 && (
        <div className="card said-so-far">
          <Turns turns={turns} agent={shown.name} language={language} />
        </div>
      )}
      {widget.feedback_mode === "during" && <Thumbs call={call} />}
      {mayWrite && (
        <Write
          onSend={call.send}
          label={labels.input_label}
          placeholder={labels.input_placeholder}
          send={labels.send_message}
        />
      )}
    </section>
  );
}

function Controls({ labels, call, mayMute }: { labels: Labels; call: VisitorsCall; mayMute: boolean }) {
  const { session, isText, isMuted } = call;
  return (
    <div className="row apart">
      <span role="status">
        <Tag kind="info" live>
          {doing(labels, call)}
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
            {labels.mute_microphone}
          </button>
        )}
        <button type="button" className="button danger" onClick={call.hangUp}>
          <Icon name="stop" />
          {labels.end_call}
        </button>
      </div>
    </div>
  );
}

function doing(labels: Labels, { stage, isText, mode }: VisitorsCall): string {
  if (stage === "starting") return labels.connecting_status;
  if (isText) return labels.chatting_status;
  return mode === "speaking" ? labels.speaking_status : labels.listening_status;
}

/** What the visitor thinks of the last answer; asked once for each. */
function Thumbs({ call: { talk, session } }: { call: VisitorsCall }) {
  const [rated, remember] = useState<number | null>(null);
  const last = talk.turns.findLast(({ who, eventId }) => who === "agent" && eventId !== undefined)?.eventId;
  if (last === undefined || last === rated || !session) return null;
  const rate = (isGood: boolean) => {
    session.rate(isGood, last);
    remember(last);
  };
  return (
    <div className="row small">
      <span className="soft">The last answer was</span>
      <button type="button" className="button slim" onClick={() => rate(true)}>
        good
      </button>
      <button type="button" className="button slim" onClick={() => rate(false)}>
        not good
      </button>
    </div>
  );
}
