// What differs between two versions, field by field; long texts line by line.

import { nameOfField } from "../../words/names";
import { type Change, changesBetween, type Doc, type Json, linesBetween } from "../../words/patch";

export function Changes({ before, after }: { before: Doc; after: Doc }) {
  const changes = changesBetween(before, after);
  if (changes.length === 0) return <p className="soft">Nothing differs.</p>;
  return (
    <ul className="changes">
      {changes.map((each) => (
        <li key={each.path}>
          <Where path={each.path} />
          <Difference {...each} />
        </li>
      ))}
    </ul>
  );
}

/** A field by its name in the editor, and by its path in the document. */
export function Where({ path }: { path: string }) {
  const name = nameOfField(path);
  return (
    <span>
      {name && <strong className="small">{name}</strong>}{" "}
      <span className={`mono small anywhere${name ? " faint" : ""}`}>{path}</span>
    </span>
  );
}

export function Difference({ before, after }: Change) {
  const [one, other] = [shown(before), shown(after)];
  return (
    <div className="lines" dir="auto">
      {linesBetween(one, other).map((line, index) =>
        line.kind === "same" ? (
          <div key={index} className="same">
            {line.text || " "}
          </div>
        ) : line.kind === "gone" ? (
          <del key={index}>{line.text || " "}</del>
        ) : (
          <ins key={index}>{line.text || " "}</ins>
        ),
      )}
    </div>
  );
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "(not set)";
  return typeof value === "string" ? value || "(empty)" : JSON.stringify(value, null, 2);
}
