// What the widget says, in each of the agent's languages, and what a visitor has to agree to first.

import { useState } from "react";
import { AreaField, ChoiceField, TextField } from "../../../../parts/Field";
import { LANGUAGES } from "../../../../words/languages";
import { at, isObject, type Path } from "../../../../words/patch";
import { MAIN_WORDS, OTHER_WORDS, type Words } from "../../../../words/widget";
import { type Editing, textAt } from "../../useDocument";
import { PRESETS, WIDGET } from "./paths";

export function Texts({ editing }: { editing: Editing }) {
  const { doc } = editing;
  const presets = at(doc, PRESETS);
  const codes = isObject(presets) ? Object.keys(presets) : [];
  const [chosen, choose] = useState("");
  const code = codes.includes(chosen) ? chosen : "";
  const place: Path = code ? [...WIDGET, "language_presets", code] : WIDGET;
  const own = textAt(doc, ["conversation_config", "agent", "language"]);
  const named = (value: string) => LANGUAGES.find((each) => each.value === value)?.label ?? value;
  return (
    <section className="card stack">
      <h2>What it says</h2>
      {codes.length > 0 && (
        <ChoiceField
          label="In which language"
          choices={[
            { value: "", label: `${named(own)}, and wherever nothing else is said` },
            ...codes.map((value) => ({ value, label: named(value) })),
          ]}
          value={code}
          onChange={choose}
        />
      )}
      <WordFields editing={editing} place={place} list={MAIN_WORDS} />
      <details className="more">
        <summary>All other words</summary>
        <WordFields editing={editing} place={place} list={OTHER_WORDS} />
      </details>
      <Terms key={code} editing={editing} place={place} />
    </section>
  );
}

function WordFields({ editing, place, list }: { editing: Editing; place: Path; list: Words[] }) {
  return (
    <div className="fields">
      {list.map(({ key, label, usual }) => (
        <TextField
          key={key}
          label={label}
          placeholder={usual}
          value={textAt(editing.doc, [...place, "text_contents", key])}
          onChange={(value) => editing.edit([...place, "text_contents", key], value || null)}
        />
      ))}
    </div>
  );
}

function Terms({ editing: { doc, edit }, place }: { editing: Editing; place: Path }) {
  const html = textAt(doc, [...place, "terms_html"]);
  // Who wrote HTML goes on with it; everybody else writes Markdown.
  const [isHtml] = useState(html !== "");
  return (
    <div className="fields one">
      <AreaField
        label="Terms that a visitor accepts before the first conversation"
        rows={4}
        value={isHtml ? html : textAt(doc, [...place, "terms_text"])}
        onChange={(value) => edit([...place, isHtml ? "terms_html" : "terms_text"], value || null)}
        meaning={isHtml ? "As HTML." : "Markdown: paragraphs, lists, bold, links. Empty: there are none."}
      />
      <TextField
        label="Remembered under"
        placeholder="shop-terms-2"
        value={textAt(doc, [...place, "terms_key"])}
        onChange={(value) => edit([...place, "terms_key"], value || null)}
        meaning="A browser asks again when this name changes. Empty: it asks each time the page is loaded."
      />
    </div>
  );
}
