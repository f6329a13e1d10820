// What few people need: the rest of the contract's plain fields with their meanings, and the whole document as JSON.

import { useState } from "react";
import { FIELDS } from "../../../api/fields";
import { AreaField, CheckField, Field } from "../../../parts/Field";
import { SchemaField } from "../../../parts/SchemaField";
import { Trouble } from "../../../parts/Trouble";
import { GROUPS, type Group } from "../../../words/meanings";
import { at, type Doc, isObject } from "../../../words/patch";
import { ranked } from "../../../words/ranking";
import { type Editing, flagAt, listAt } from "../useDocument";

const CONVERSATION = ["conversation_config", "conversation"] as const;
const KNOWN = new Map(FIELDS.map((field) => [field.path, field]));

export function AdvancedTab({ editing }: { editing: Editing }) {
  const { doc, edit } = editing;
  const [search, setSearch] = useState("");
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
      <Field label="Find a setting" meaning="By its name, what it does, or how the API calls it.">
        {(parts) => (
          <input
            {...parts}
            className="input"
            style={{ maxWidth: "26rem" }}
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        )}
      </Field>
      {GROUPS.map((group) => (
        <Settings key={group.title} group={group} search={search} editing={editing} />
      ))}
      <Raw editing={editing} />
    </div>
  );
}

function Settings({ group, search, editing }: { group: Group; search: string; editing: Editing }) {
  const { doc, edit } = editing;
  const fields = Object.entries(group.fields).map(([name, meaning]) => ({
    ...meaning,
    path: `${group.under}.${name}`,
  }));
  const shown = ranked(fields, search, (each) => `${each.label} ${each.says} ${each.path} ${group.title}`);
  if (shown.length === 0) return null;
  return (
    <section className="card stack">
      <h2>{group.title}</h2>
      <div className="fields">
        {shown.map(({ path, label, says }) => {
          const field = KNOWN.get(path);
          const place = path.split(".");
          return (
            field && (
              <SchemaField
                key={path}
                field={field}
                label={label}
                meaning={
                  <>
                    {says} <span className="mono anywhere faint">{place.at(-1)}</span>
                  </>
                }
                value={at(doc, place)}
                onChange={(value) => edit(place, value)}
              />
            )
          );
        })}
      </div>
    </section>
  );
}

function Raw({ editing: { doc, exchange } }: { editing: Editing }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const apply = () => {
    try {
      const found: unknown = JSON.parse(text ?? "");
      if (!isObject(found)) throw new Error("The document has to be an object.");
      exchange({ ...doc, ...(found as Doc) }, "Taken into the draft.");
      setText(null);
      setError(null);
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
