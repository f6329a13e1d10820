// The words of the talk page, in the language that is spoken there: a file for each language, loaded when it is wanted.
// A language that is not here is spoken to in English. A test asks every file for every word.

import { WORDS as ENGLISH } from "./en";

export type Words = Record<keyof typeof ENGLISH, string>;

export { ENGLISH };

const OTHERS: Record<string, () => Promise<{ WORDS: Words }>> = {
  ar: () => import("./ar"),
  de: () => import("./de"),
  es: () => import("./es"),
  fr: () => import("./fr"),
  hi: () => import("./hi"),
  id: () => import("./id"),
  it: () => import("./it"),
  ja: () => import("./ja"),
  ko: () => import("./ko"),
  nl: () => import("./nl"),
  pl: () => import("./pl"),
  pt: () => import("./pt"),
  ru: () => import("./ru"),
  tr: () => import("./tr"),
  uk: () => import("./uk"),
  zh: () => import("./zh"),
};

export const LANGUAGES = ["en", ...Object.keys(OTHERS)];

/** In which of our languages somebody is spoken to who speaks this one: `pt-br` has the words of `pt`. */
export function nearest(code: string): string {
  const main = code.toLowerCase().split(/[-_]/)[0] ?? "";
  return LANGUAGES.includes(main) ? main : "en";
}

export function directionOf(language: string): "ltr" | "rtl" {
  return nearest(language) === "ar" ? "rtl" : "ltr";
}

/** The first language of a visitor that is among those offered; null if there is none. */
export function firstOf(wanted: readonly string[], offered: readonly string[]): string | null {
  const main = (code: string) => code.toLowerCase().split(/[-_]/)[0];
  for (const each of wanted) {
    const exact = offered.find((one) => one.toLowerCase() === each.toLowerCase());
    const found = exact ?? offered.find((one) => main(one) === main(each));
    if (found) return found;
  }
  return null;
}

const loaded = new Map<string, Words>([["en", ENGLISH]]);

/** The words of a language that were loaded before. */
export function wordsAtHand(language: string): Words | undefined {
  return loaded.get(nearest(language));
}

/** The words of a language; English where the server does not bring them. */
export async function wordsOf(language: string): Promise<Words> {
  const near = nearest(language);
  const at = loaded.get(near);
  if (at) return at;
  try {
    const { WORDS } = (await OTHERS[near]?.()) ?? { WORDS: ENGLISH };
    loaded.set(near, WORDS);
    return WORDS;
  } catch {
    return ENGLISH;
  }
}

/** A sentence with what belongs into it. */
export function filled(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
