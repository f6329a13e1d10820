// A button that puts a text on the clipboard.

import { note } from "../shell/notes";
import { Icon } from "./Icon";

export function Copy({ text, what }: { text: string; what: string }) {
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => note(`Copied ${what}.`),
      () =>
        note("The browser does not let pages use the clipboard here. Select the text and copy it.", "bad"),
    );
  return (
    <button
      type="button"
      className="button plain slim"
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      <Icon name="copy" />
    </button>
  );
}

/** An id, short enough to read and easy to copy. */
export function Id({ id, what }: { id: string; what: string }) {
  return (
    <span className="row" style={{ gap: "0.1rem", flexWrap: "nowrap" }}>
      <span className="mono anywhere">{id}</span>
      <Copy text={id} what={what} />
    </span>
  );
}
