// The languages that an agent can be set to, named in the reader's own language.

import type { Choice } from "../parts/Field";

const CODES =
  "en de fr es it pt pt-br nl pl sv da no fi cs sk sl hr hu ro bg el uk ru tr ar he hi ta ja ko zh vi id ms fil et lt lv ca".split(
    " ",
  );

const names = new Intl.DisplayNames(undefined, { type: "language" });

export function nameOf(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export const LANGUAGES: Choice[] = CODES.map((value) => ({ value, label: nameOf(value) })).sort(
  (one, other) => one.label.localeCompare(other.label),
);
