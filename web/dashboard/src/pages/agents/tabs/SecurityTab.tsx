// Who may call, what a caller may change, how many calls there may be, and what is kept of them.

import { AreaField, CheckField } from "../../../parts/Field";
import { at, isObject } from "../../../words/patch";
import { type Editing, flagAt } from "../useDocument";
import { NumberSetting } from "./NumberSetting";

const SETTINGS = ["platform_settings"] as const;
const AUTH = [...SETTINGS, "auth"] as const;
const LIMITS = [...SETTINGS, "call_limits"] as const;
const PRIVACY = [...SETTINGS, "privacy"] as const;
const GATES = [...SETTINGS, "overrides", "conversation_config_override"] as const;

const OVERRIDES: { path: string[]; label: string }[] = [
  { path: ["agent", "first_message"], label: "First message" },
  { path: ["agent", "language"], label: "Language" },
  { path: ["agent", "prompt", "prompt"], label: "Prompt" },
  { path: ["agent", "prompt", "llm"], label: "Model" },
  { path: ["tts", "voice_id"], label: "Voice" },
  { path: ["tts", "speed"], label: "Speed of speech" },
  { path: ["tts", "stability"], label: "Stability of the voice" },
  { path: ["tts", "similarity_boost"], label: "Similarity of the voice" },
  { path: ["conversation", "text_only"], label: "Chat instead of voice" },
];

export function SecurityTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  return (
    <div className="stack loose">
      <section className="card stack">
        <h2>Who may call</h2>
        <CheckField
          label="Only with a key or a signed address"
          meaning="Without this the agent is public: whoever knows its id may call it."
          value={flagAt(doc, [...AUTH, "enable_auth"])}
          onChange={(value) => edit([...AUTH, "enable_auth"], value)}
        />
        <AreaField
          label="Only from these pages"
          rows={3}
          placeholder={"example.com\nshop.example.com:8443"}
          value={hosts(at(doc, [...AUTH, "allowlist"])).join("\n")}
          onChange={(value) =>
            edit(
              [...AUTH, "allowlist"],
              value === "" ? [] : value.split("\n").map((hostname) => ({ hostname })),
            )
          }
          meaning="Host names, one a line. Empty: from any page."
        />
        <CheckField
          label="Refuse callers who name no page"
          meaning="Programs name none, so they are refused as well."
          value={flagAt(doc, [...AUTH, "require_origin_header"])}
          onChange={(value) => edit([...AUTH, "require_origin_header"], value)}
        />
      </section>
      <section className="card stack">
        <h2>What a caller may change for their call</h2>
        <p className="soft small">Anything else that a client sends to change the agent is refused.</p>
        <div className="fields">
          {OVERRIDES.map(({ path, label }) => (
            <CheckField
              key={label}
              label={label}
              value={flagAt(doc, [...GATES, ...path])}
              onChange={(value) => edit([...GATES, ...path], value)}
            />
          ))}
          <CheckField
            label="Extra fields for a model of one's own"
            value={flagAt(doc, [...SETTINGS, "overrides", "custom_llm_extra_body"])}
            onChange={(value) => edit([...SETTINGS, "overrides", "custom_llm_extra_body"], value)}
          />
        </div>
      </section>
      <section className="card stack">
        <h2>Limits</h2>
        <div className="fields">
          <NumberSetting
            editing={editing}
            path={[...LIMITS, "agent_concurrency_limit"]}
            label="Calls at once"
            without="no limit"
            meaning="Empty: as many as the server takes."
          />
          <NumberSetting
            editing={editing}
            path={[...LIMITS, "daily_limit"]}
            label="Calls a day"
            without="no limit"
            meaning="Empty: as many as come. 0: none."
          />
          <NumberSetting
            editing={editing}
            path={["conversation_config", "conversation", "max_duration_seconds"]}
            label="Longest call"
            unit="seconds"
            least={1}
          />
        </div>
      </section>
      <section className="card stack">
        <h2>What is kept</h2>
        <div className="fields">
          <NumberSetting
            editing={editing}
            path={[...PRIVACY, "retention_days"]}
            label="Keep conversations"
            unit="days"
            without="for ever"
            meaning="Empty: until somebody deletes them."
          />
          <CheckField
            label="Keep nothing of what is said"
            meaning="Neither transcript nor journal is written. The list shows that there was a call."
            value={flagAt(doc, [...PRIVACY, "zero_retention_mode"])}
            onChange={(value) => edit([...PRIVACY, "zero_retention_mode"], value)}
          />
        </div>
      </section>
    </div>
  );
}

function hosts(list: unknown): string[] {
  return Array.isArray(list)
    ? list.flatMap((each) => (isObject(each) ? [String(each.hostname ?? "")] : []))
    : [];
}
