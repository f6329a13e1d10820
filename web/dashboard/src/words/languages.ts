// The languages that an agent can be set to, named in the reader's own language.

import type { Choice } from "../parts/Field";

const CODES =
  "en de fr es it pt pt-br nl pl sv da no fi cs sk sl hr hu ro bg el uk ru tr ar he hi ta ja ko zh vi id ms fil et lt lv ca".split(
    " ",
  );

const names = new Intl.DisplayNames(undefined, { type: "language" });

/** A language's name in itself, which is how its speakers find it. */
export function ownNameOf(code: string): string {
  try {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;
  }
}

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
