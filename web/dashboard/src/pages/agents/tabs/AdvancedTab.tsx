// What few people need: which events clients get, words the ear should expect, and the whole document as JSON.

import { useState } from "react";
import { AreaField, CheckField } from "../../../parts/Field";
import { Trouble } from "../../../parts/Trouble";
import { note } from "../../../shell/notes";
import { type Doc, isObject } from "../../../words/patch";
import { type Editing, flagAt, listAt } from "../useDocument";

const CONVERSATION = ["conversation_config", "conversation"] as const;
const EVENTS = [
  "audio",
  "interruption",
  "user_transcript",
  "tentative_user_transcript",
  "agent_response",
  "agent_response_correction",
  "agent_chat_response_part",
  "agent_tool_response",
  "client_tool_call",
  "vad_score",
  "ping",
  "conversation_initiation_metadata",
];

export function AdvancedTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const events = listAt(doc, [...CONVERSATION, "client_events"]);
  const toggle = (name: string, on: boolean) =>
    edit([...CONVERSATION, "client_events"], on ? [...events, name] : events.filter((each) => each !== name));
  return (
    <div className="stack loose">
      <section className="card stack">
        <h2>The conversation</h2>
        <CheckField
          label="Chat only"
          meaning="No sound at all: callers write and read."
          value={flagAt(doc, [...CONVERSATION, "text_only"])}
          onChange={(value) => edit([...CONVERSATION, "text_only"], value)}
        />
        <AreaField
          label="Words the ear should expect"
          rows={3}
          value={listAt(doc, ["conversation_config", "asr", "keywords"]).join("\n")}
          onChange={(value) =>
            edit(["conversation_config", "asr", "keywords"], value === "" ? [] : value.split("\n"))
          }
          meaning="Names and technical terms, one a line."
        />
      </section>
      <section className="card stack">
        <h2>Events that clients get</h2>
        <p className="soft small">Official clients show what is said only if they get its events.</p>
        <div className="fields">
          {[...new Set([...EVENTS, ...events])].map((name) => (
            <CheckField
              key={name}
              label={name}
              value={events.includes(name)}
              onChange={(value) => toggle(name, value)}
            />
          ))}
        </div>
      </section>
      <Raw editing={editing} />
    </div>
  );
}

function Raw({ editing: { doc, replace } }: { editing: Editing }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const apply = () => {
    try {
      const found: unknown = JSON.parse(text ?? "");
      if (!isObject(found)) throw new Error("The document has to be an object.");
      replace({ ...doc, ...(found as Doc) });
      setText(null);
      setError(null);
      note("Taken into the draft.");
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <section className="card stack">
      <h2>The whole document</h2>
      <AreaField
        label="As JSON"
        mono
        rows={18}
        value={text ?? JSON.stringify(doc, null, 2)}
        onChange={setText}
        meaning="Everything the contract knows, also what has no field of its own here."
      />
      {error !== null && <Trouble error={error} />}
      <div className="row">
        <button type="button" className="button" disabled={text === null} onClick={apply}>
          Take it into the draft
        </button>
        {text !== null && (
          <button type="button" className="button plain" onClick={() => setText(null)}>
            Forget it
          </button>
        )}
      </div>
    </section>
  );
}
