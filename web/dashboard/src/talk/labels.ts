// The words that an agent brings itself, for all its visitors (`text_contents`) and for those of a language, in place of
// the page's own.

import type { Words } from "./words";

type Given = Partial<Record<string, unknown>> | null | undefined;

/** The words that are shown; later ones win, and what is empty is not said. */
export function labelsOf(words: Words, ...given: Given[]): Words {
  const names = Object.keys(words) as (keyof Words)[];
  return Object.fromEntries(names.map((name) => [name, lastOf(name, given) ?? words[name]])) as Words;
}

function lastOf(name: string, given: Given[]): string | undefined {
  return given.map((each) => each?.[name]).findLast((text) => typeof text === "string" && text !== "") as
    | string
    | undefined;
}

/** The words that agents had before there were `text_contents`. */
export function olderWords(widget: {
  start_call_text?: string | null;
  end_call_text?: string | null;
  listening_text?: string | null;
  speaking_text?: string | null;
}): Given {
  return {
    start_call: widget.start_call_text,
    end_call: widget.end_call_text,
    listening_status: widget.listening_text,
    speaking_status: widget.speaking_text,
  };
}
