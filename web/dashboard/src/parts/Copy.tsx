// A button that puts a text on the clipboard.

import { note } from "../shell/notes";
import { Icon } from "./Icon";

interface Words {
  copy: string;
  copied: string;
  refused: string;
}

interface Props {
  text: string;
  /** What it is, as an English sentence goes on: "the key". */
  what?: string;
  words?: Words;
}

const inEnglish = (what: string): Words => ({
  copy: `Copy ${what}`,
  copied: `Copied ${what}.`,
  refused: "The browser does not let pages use the clipboard here. Select the text and copy it.",
});

export function Copy({ text, what = "the text", words = inEnglish(what) }: Props) {
  const refuse = () => note(words.refused, "bad");
  // A page that came over plain http has no clipboard at all.
  const copy = () =>
    navigator.clipboard
      ? void navigator.clipboard.writeText(text).then(() => note(words.copied), refuse)
      : refuse();
  return (
    <button
      type="button"
      className="button plain slim"
      onClick={copy}
      aria-label={words.copy}
      title={words.copy}
    >
      <Icon name="copy" />
    </button>
  );
}

/** An id, short enough to read and easy to copy. */
export function Id({ id, ...how }: { id: string } & Omit<Props, "text">) {
  return (
    <span className="row" style={{ gap: "0.1rem", flexWrap: "nowrap" }}>
      <span className="mono anywhere">{id}</span>
      <Copy text={id} {...how} />
    </span>
  );
}
