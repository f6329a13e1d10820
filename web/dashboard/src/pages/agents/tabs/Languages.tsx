// The languages of an agent: the main one, and what it says and sounds like in each of the others.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { AreaField, ChoiceField } from "../../../parts/Field";
import { Icon } from "../../../parts/Icon";
import { LANGUAGES, nameOf } from "../../../words/languages";
import { at, isObject, type Path } from "../../../words/patch";
import { type Editing, numberAt, textAt } from "../useDocument";
import { languagesIn, type Voice, voices } from "./voice/voice";

const CONFIG = ["conversation_config"] as const;
const PRESETS = [...CONFIG, "language_presets"] as const;
const MAIN = [...CONFIG, "agent", "language"] as const;

export function Languages({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const main = textAt(doc, MAIN);
  const found = at(doc, PRESETS);
  const presets = isObject(found) ? Object.keys(found).filter((code) => found[code] !== null) : [];
  const left = LANGUAGES.filter(({ value }) => value !== main && !presets.includes(value));
  const [adding, add] = useState("");
  const remove = (code: string) => {
    const { [code]: _, ...rest } = isObject(found) ? found : {};
    edit(PRESETS, rest);
  };
  return (
    <section className="card stack">
      <h2>Languages</h2>
      <div className="fields">
        <ChoiceField
          label="Main language"
          choices={LANGUAGES}
          value={main}
          onChange={(value) => edit(MAIN, value)}
          meaning="What the agent speaks and expects to hear, unless a caller asks for another one below."
        />
        <div className="row" style={{ alignItems: "end", alignSelf: "start", flexWrap: "nowrap" }}>
          <div className="grow">
            <ChoiceField
              label="Also speaks"
              choices={[{ value: "", label: "Choose a language…" }, ...left]}
              value={adding}
              onChange={add}
            />
          </div>
          <button
            type="button"
            className="button"
            disabled={adding === ""}
            onClick={() => {
              edit([...PRESETS, adding], { overrides: {} });
              add("");
            }}
          >
            <Icon name="plus" />
            Add
          </button>
        </div>
      </div>
      {presets.length > 0 && (
        <ul className="stack">
          {presets.map((code) => (
            <Preset key={code} code={code} editing={editing} onRemove={() => remove(code)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Preset({ code, editing, onRemove }: { code: string; editing: Editing; onRemove: () => void }) {
  const { doc, edit } = editing;
  const overrides = [...PRESETS, code, "overrides"];
  const write = (path: Path, value: string) => edit([...overrides, ...path], value === "" ? null : value);
  const language = nameOf(code);
  const fills = (numberAt(doc, [...CONFIG, "turn", "soft_timeout_config", "timeout_seconds"]) ?? -1) >= 0;
  const field = (label: string, path: Path, own: Path, rows: number) => (
    <AreaField
      label={`${label} in ${language}`}
      rows={rows}
      placeholder={textAt(doc, own)}
      value={textAt(doc, [...overrides, ...path])}
      onChange={(value) => write(path, value)}
    />
  );
  return (
    <li className="preset stack">
      <div className="row apart">
        <h3>{language}</h3>
        <button type="button" className="button slim danger" onClick={onRemove}>
          Remove<span className="hidden-text"> {language}</span>
        </button>
      </div>
      {field("First message", ["agent", "first_message"], [...CONFIG, "agent", "first_message"], 2)}
      <div className="fields">
        <VoiceFor
          code={code}
          value={textAt(doc, [...overrides, "tts", "voice_id"])}
          onChange={(value) => write(["tts", "voice_id"], value)}
        />
        {fills &&
          field(
            "Words that fill a pause",
            ["turn", "soft_timeout_config", "message"],
            [...CONFIG, "turn", "soft_timeout_config", "message"],
            1,
          )}
      </div>
      <details>
        <summary className="small">A prompt of its own</summary>
        {field("Prompt", ["agent", "prompt", "prompt"], [...CONFIG, "agent", "prompt", "prompt"], 8)}
        <p className="small soft">
          Rarely needed: the agent is told which language to speak, whatever its prompt is written in.
        </p>
      </details>
    </li>
  );
}

function VoiceFor(props: { code: string; value: string; onChange: (value: string) => void }) {
  const found = useQuery(voices);
  const speaks = (voice: Voice) => {
    const languages = languagesIn(voice);
    return (
      languages.length === 0 || languages.some((each) => each.split("-")[0] === props.code.split("-")[0])
    );
  };
  const able = (found.data?.voices ?? []).filter(speaks);
  return (
    <ChoiceField
      label={`Voice in ${nameOf(props.code)}`}
      choices={[
        { value: "", label: "The same as always" },
        ...able.map((voice) => ({ value: voice.voice_id, label: voice.name })),
      ]}
      value={props.value}
      onChange={props.onChange}
      meaning={
        found.data && able.length === 0
          ? "No voice here says that it speaks this language."
          : "Those that say they speak it."
      }
    />
  );
}
