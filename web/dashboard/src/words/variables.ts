// The variables in a text: {{name}} is filled in when a call begins.

const VARIABLE = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g;
const OF_THE_SYSTEM = "system__";

/** Each name once, in the order in which they appear; without those that the system fills in itself. */
export function variablesIn(...texts: string[]): string[] {
  const found = texts.flatMap((text) => [...text.matchAll(VARIABLE)].map((match) => match[1] as string));
  return [...new Set(found)].filter((name) => !name.startsWith(OF_THE_SYSTEM));
}

/** The text with the values of those variables that have one. */
export function filledIn(text: string, values: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined || value === null || value === "" ? whole : String(value);
  });
}
