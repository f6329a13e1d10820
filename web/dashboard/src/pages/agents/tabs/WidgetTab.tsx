// The agent on other people's pages: the lines that put it there, how it looks and what it says, and a preview of it all.

import { CheckField, ChoiceField, TextField } from "../../../parts/Field";
import { at, isObject } from "../../../words/patch";
import { type Editing, flagAt, textAt } from "../useDocument";
import { Looks } from "./widget/Looks";
import { Preview } from "./widget/Preview";
import { OVERRIDES, PRESETS, WIDGET } from "./widget/paths";
import { Snippet } from "./widget/Snippet";
import { Texts } from "./widget/Texts";

export function WidgetTab({ editing }: { editing: Editing }) {
  return (
    <div className="with-aside with-preview">
      <div className="stack loose">
        <Snippet editing={editing} />
        <Looks editing={editing} />
        <Behaviour editing={editing} />
        <Texts editing={editing} />
        <Answers editing={editing} />
      </div>
      <Preview editing={editing} />
    </div>
  );
}

const FLAGS = {
  opening: [
    { name: "default_expanded", label: "Open when the page loads" },
    { name: "always_expanded", label: "Always open", meaning: "It cannot be closed." },
    { name: "dismissible", label: "Visitors may put it aside", meaning: "It becomes a small round picture." },
  ],
  talking: [
    { name: "mic_muting_enabled", label: "A button to mute the microphone" },
    { name: "transcript_enabled", label: "What is said can be read" },
    {
      name: "conversation_mode_toggle_enabled",
      label: "A switch between voice and writing",
      meaning: "In the middle of a call.",
    },
    { name: "show_agent_status", label: "Say when the agent uses a tool" },
    { name: "show_conversation_id", label: "The conversation's id at its end" },
    { name: "strip_audio_tags", label: "Leave marks such as [laughs] out of the text" },
  ],
} as const;

function Behaviour({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const flag = ({ name, ...rest }: { name: string; label: string; meaning?: string }) => (
    <CheckField
      key={name}
      {...rest}
      value={flagAt(doc, [...WIDGET, name])}
      onChange={(value) => edit([...WIDGET, name], value)}
    />
  );
  const asksForRating = isObject(at(doc, [...WIDGET, "end_feedback"]));
  return (
    <section className="card stack">
      <h2>What it does</h2>
      <div className="fields">{FLAGS.opening.map(flag)}</div>
      <div className="fields">
        <Offered
          editing={editing}
          name="text_input_enabled"
          label="Visitors may write"
          gate={["conversation", "text_only"]}
          without="What a visitor writes begins a call by voice, since callers may not choose a chat."
        />
        <Offered
          editing={editing}
          name="language_selector"
          label="Visitors may choose the language"
          gate={["agent", "language"]}
          without="The choice is not shown, since callers may not choose the language."
          lacks={
            Object.keys((at(doc, PRESETS) as object | undefined) ?? {}).length === 0
              ? "The agent speaks one language only."
              : null
          }
        />
        {FLAGS.talking.map(flag)}
        <CheckField
          label="Ask for a rating at the end"
          value={asksForRating || textAt(doc, [...WIDGET, "feedback_mode"]) === "end"}
          onChange={(value) => {
            edit([...WIDGET, "end_feedback"], value ? { type: "rating" } : null);
            edit([...WIDGET, "feedback_mode"], value ? "end" : "none");
          }}
        />
      </div>
    </section>
  );
}

/** Something that a visitor is offered only where callers may choose it: said, and allowed with a click. */
function Offered(props: {
  editing: Editing;
  name: string;
  label: string;
  gate: string[];
  without: string;
  lacks?: string | null;
}) {
  const { editing, name, label, gate, without, lacks = null } = props;
  const isOn = flagAt(editing.doc, [...WIDGET, name]);
  const isAllowed = flagAt(editing.doc, [...OVERRIDES, ...gate]);
  return (
    <div className="stack tight">
      <CheckField label={label} value={isOn} onChange={(value) => editing.edit([...WIDGET, name], value)} />
      {isOn && !isAllowed && (
        <p className="meaning">
          {without}{" "}
          <button
            type="button"
            className="button slim"
            onClick={() => editing.edit([...OVERRIDES, ...gate], true)}
          >
            Allow it
          </button>
        </p>
      )}
      {isOn && isAllowed && lacks && <p className="meaning">{lacks}</p>}
    </div>
  );
}

const THEMES = [
  { value: "", label: "Like the widget" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

function Answers({ editing: { doc, edit } }: { editing: Editing }) {
  const path = [...WIDGET, "markdown_link_allowed_hosts"];
  const list = at(doc, path);
  const hosts = Array.isArray(list)
    ? list.flatMap((each) => (isObject(each) ? [String(each.hostname ?? "")] : []))
    : [];
  const flag = (name: string, label: string) => (
    <CheckField
      label={label}
      value={flagAt(doc, [...WIDGET, name])}
      onChange={(value) => edit([...WIDGET, name], value)}
    />
  );
  return (
    <section className="card stack">
      <h2>In what it writes</h2>
      <div className="fields">
        <TextField
          label="Links and pictures from"
          placeholder="shop.example, docs.shop.example"
          value={hosts.join(", ")}
          onChange={(value) =>
            edit(path, value === "" ? [] : value.split(",").map((each) => ({ hostname: each.trimStart() })))
          }
          meaning="Hosts, separated by commas; * for all. The page's own is always allowed, others are shown as text."
        />
        <ChoiceField
          label="Colours of code"
          choices={THEMES}
          value={textAt(doc, [...WIDGET, "syntax_highlight_theme"])}
          onChange={(value) => edit([...WIDGET, "syntax_highlight_theme"], value || null)}
        />
        {flag("markdown_link_include_www", "Also with www.")}
        {flag("markdown_link_allow_http", "Also without HTTPS")}
        <TextField
          label="Link under the widget"
          type="url"
          placeholder="https://…"
          value={textAt(doc, [...WIDGET, "override_link"])}
          onChange={(value) => edit([...WIDGET, "override_link"], value || null)}
          meaning="Shown small, by the name of its host. Empty: nothing is shown."
        />
      </div>
    </section>
  );
}
