// When the agent speaks, waits, and gives up. Each setting has a small picture of what it does.

import type { ReactNode } from "react";
import { AreaField, CheckField, ChoiceField, TextField } from "../../../parts/Field";
import { type Editing, flagAt, listAt, textAt } from "../useDocument";
import { NumberSetting, numberOf } from "./NumberSetting";

const TURN = ["conversation_config", "turn"] as const;
const SOFT = [...TURN, "soft_timeout_config"] as const;
const AGENT = ["conversation_config", "agent"] as const;
const ASK_AGAIN = [...TURN, "turn_timeout"] as const;
const HANG_UP = [...TURN, "silence_end_call_timeout"] as const;
const FILL = [...SOFT, "timeout_seconds"] as const;

export function TurnsTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const eagerness = textAt(doc, [...TURN, "turn_eagerness"]);
  return (
    <div className="settings-list">
      <Setting picture={<Eagerness eagerness={eagerness} />}>
        <ChoiceField
          label="Eagerness"
          choices={[
            { value: "patient", label: "Patient: waits longer before it answers" },
            { value: "normal", label: "Normal" },
            { value: "eager", label: "Eager: answers at the first good moment" },
          ]}
          value={eagerness}
          onChange={(value) => edit([...TURN, "turn_eagerness"], value)}
          meaning="How sure the agent has to be that the caller has finished. Patient for people who think while they speak or read out numbers; eager for quick exchanges."
        />
      </Setting>
      <Setting picture={<Silence seconds={numberOf(editing, ASK_AGAIN)} />}>
        <NumberSetting
          editing={editing}
          path={ASK_AGAIN}
          label="Ask again after"
          unit="seconds of silence"
          without="never"
          meaning="A caller who says nothing is asked whether they are still there. Empty: never."
        />
      </Setting>
      <Setting picture={<HangUp seconds={numberOf(editing, HANG_UP)} />}>
        <NumberSetting
          editing={editing}
          path={HANG_UP}
          label="Hang up after"
          unit="seconds of silence"
          without="never"
          step={1}
          meaning="Empty: never because of silence."
        />
      </Setting>
      <Setting picture={<Filler seconds={numberOf(editing, FILL)} />}>
        <NumberSetting
          editing={editing}
          path={FILL}
          label="Fill a pause after"
          unit="seconds"
          without="never"
          meaning="If the model has not answered by then, the agent says a few words, so that nobody wonders. Empty: never."
        />
        {numberOf(editing, FILL) >= 0 && (
          <TextField
            label="What it says then"
            value={textAt(doc, [...SOFT, "message"])}
            onChange={(value) => edit([...SOFT, "message"], value)}
          />
        )}
      </Setting>
      <Setting
        picture={<Interruption allowed={!flagAt(doc, [...AGENT, "disable_first_message_interruptions"])} />}
      >
        <CheckField
          label="The first message is said to its end"
          meaning="Whoever speaks meanwhile is not heard. For announcements that have to be made."
          value={flagAt(doc, [...AGENT, "disable_first_message_interruptions"])}
          onChange={(value) => edit([...AGENT, "disable_first_message_interruptions"], value)}
        />
        <AreaField
          label="Words that do not interrupt"
          rows={3}
          placeholder={"mhm\nokay\nI see"}
          value={listAt(doc, [...TURN, "interruption_ignore_terms"]).join("\n")}
          onChange={(value) =>
            edit([...TURN, "interruption_ignore_terms"], value === "" ? [] : value.split("\n"))
          }
          meaning="One a line. A listener who says only these goes on listening."
        />
      </Setting>
      <Setting picture={<Guess on={flagAt(doc, [...TURN, "speculative_turn"])} />}>
        <CheckField
          label="Think ahead"
          meaning="The model begins to answer when the caller has probably finished. Quicker, at the price of answers that are thrown away."
          value={flagAt(doc, [...TURN, "speculative_turn"])}
          onChange={(value) => edit([...TURN, "speculative_turn"], value)}
        />
      </Setting>
    </div>
  );
}

function Setting({ picture, children }: { picture: ReactNode; children: ReactNode }) {
  return (
    <section className="card setting">
      <div className="stack">{children}</div>
      {picture}
    </section>
  );
}

interface Bar {
  who: "caller" | "agent" | "quiet" | "mark";
  width: number;
  text?: string;
}

/** Who speaks when, on two lines: the caller above, the agent below. */
function Picture({ bars, says }: { bars: Bar[]; says: string }) {
  const total = bars.reduce((sum, each) => sum + each.width, 0);
  let left = 0;
  return (
    <svg className="picture" viewBox="0 0 240 64" role="img" aria-label={says}>
      <line x1="0" x2="240" y1="18" y2="18" className="rail" />
      <line x1="0" x2="240" y1="46" y2="46" className="rail" />
      {bars.map((bar, index) => {
        const x = (left / total) * 240;
        const width = (bar.width / total) * 240;
        left += bar.width;
        if (bar.who === "quiet") {
          return bar.text ? (
            <text key={index} x={x + width / 2} y="36" className="note">
              {bar.text}
            </text>
          ) : null;
        }
        const y = bar.who === "caller" ? 10 : 38;
        return (
          <g key={index} className={bar.who}>
            <rect x={x} y={y} width={Math.max(0, width - 2)} height="16" rx="4" />
            {bar.text && (
              <text x={x + width / 2} y={y + 11.5} className="label">
                {bar.text}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function Eagerness({ eagerness }: { eagerness: string }) {
  const pause = { patient: 46, eager: 12 }[eagerness] ?? 26;
  return (
    <Picture
      says={`The caller speaks, then a ${eagerness} pause, then the agent answers.`}
      bars={[
        { who: "caller", width: 90, text: "caller" },
        { who: "quiet", width: pause },
        { who: "agent", width: 150 - pause, text: "agent" },
      ]}
    />
  );
}

function Silence({ seconds }: { seconds: number }) {
  return (
    <Picture
      says={
        seconds < 0
          ? "The agent waits, however long nobody says a word."
          : `After ${seconds} seconds without a word the agent asks.`
      }
      bars={[
        { who: "agent", width: 60, text: "question" },
        { who: "quiet", width: 100, text: seconds < 0 ? "for ever" : `${seconds} s` },
        ...(seconds < 0
          ? [{ who: "quiet" as const, width: 80 }]
          : [{ who: "agent" as const, width: 80, text: "still there?" }]),
      ]}
    />
  );
}

function HangUp({ seconds }: { seconds: number }) {
  return (
    <Picture
      says={
        seconds < 0
          ? "Silence does not end the call."
          : `After ${seconds} seconds without a word the call ends.`
      }
      bars={[
        { who: "agent", width: 70, text: "question" },
        { who: "quiet", width: 110, text: seconds < 0 ? "never" : `${seconds} s` },
        ...(seconds < 0
          ? [{ who: "quiet" as const, width: 60 }]
          : [{ who: "mark" as const, width: 60, text: "end" }]),
      ]}
    />
  );
}

function Filler({ seconds }: { seconds: number }) {
  return (
    <Picture
      says={
        seconds < 0
          ? "Nothing fills the pause."
          : `After ${seconds} seconds of thinking the agent says a few words.`
      }
      bars={[
        { who: "caller", width: 60, text: "caller" },
        { who: "quiet", width: 60, text: seconds < 0 ? "" : `${seconds} s` },
        ...(seconds < 0
          ? [{ who: "quiet" as const, width: 40 }]
          : [{ who: "agent" as const, width: 40, text: "hm…" }]),
        { who: "agent", width: 80, text: "answer" },
      ]}
    />
  );
}

function Interruption({ allowed }: { allowed: boolean }) {
  return (
    <Picture
      says={allowed ? "The caller can interrupt the first message." : "The first message is said to its end."}
      bars={[
        { who: "agent", width: allowed ? 90 : 160, text: "first message" },
        { who: "caller", width: 70, text: "caller" },
      ]}
    />
  );
}

function Guess({ on }: { on: boolean }) {
  return (
    <Picture
      says={on ? "Thinking begins before the pause is over." : "Thinking begins when the turn is over."}
      bars={[
        { who: "caller", width: 90, text: "caller" },
        { who: "quiet", width: on ? 20 : 50, text: on ? "" : "thinking" },
        { who: "agent", width: on ? 130 : 100, text: "agent" },
      ]}
    />
  );
}
