// Documents as plain data: read and changed at a path, compared, and changed again on another ground.
//
// A patch is what the server's PATCH takes: objects are merged, anything else is replaced, null sets a field back to its
// default. So an editor keeps what it read and what it has now, and sends the difference.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Doc = { [name: string]: Json };
export type Path = readonly string[];

export function isObject(value: unknown): value is Doc {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function at(doc: Json | undefined, path: Path): Json | undefined {
  let found = doc;
  for (const name of path) found = isObject(found) ? found[name] : undefined;
  return found;
}

export function withValue(doc: Doc, path: Path, value: Json): Doc {
  const [first, ...rest] = path;
  if (first === undefined) return doc;
  const inner = doc[first];
  return {
    ...doc,
    [first]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value),
  };
}

export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => isSame(each, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => name in other && isSame(one[name], other[name]))
    );
  }
  return false;
}

/** What has to be sent so that `before` becomes `after`. */
export function patchOf(before: Doc, after: Doc): Doc {
  const patch: Doc = {};
  for (const [name, value] of Object.entries(after)) {
    const old = before[name];
    if (isSame(old, value)) continue;
    patch[name] = isObject(old) && isObject(value) ? patchOf(old, value) : value;
  }
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  return patch;
}

/** A patch laid over a document, as the server would do it. */
export function patched(doc: Doc, patch: Doc): Doc {
  const result: Doc = { ...doc };
  for (const [name, value] of Object.entries(patch)) {
    const old = result[name];
    result[name] = isObject(value) && isObject(old) ? patched(old, value) : value;
  }
  return result;
}

export interface Change {
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Each field that differs, by its path. */
export function changesBetween(before: Json | undefined, after: Json | undefined, path: Path = []): Change[] {
  if (isSame(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesBetween(before[name], after[name], [...path, name]));
  }
  return [{ path: path.join("."), before, after }];
}

export type Line = { kind: "same" | "gone" | "new"; text: string };

const MOST_LINES = 400;

/** Two texts line by line: what stayed, what went, what came. Very long texts are compared as a whole. */
export function linesBetween(before: string, after: string): Line[] {
  const one = before.split("\n");
  const other = after.split("\n");
  if (one.length > MOST_LINES || other.length > MOST_LINES) {
    return [
      ...one.map((text): Line => ({ kind: "gone", text })),
      ...other.map((text): Line => ({ kind: "new", text })),
    ];
  }
  return walked(one, other, lengths(one, other));
}

/** How many lines the rests of both texts have in common, from each pair of places on. */
function lengths(one: string[], other: string[]): number[][] {
  const table = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const row = table[i] as number[];
      const below = table[i + 1] as number[];
      row[j] = one[i] === other[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

function walked(one: string[], other: string[], table: number[][]): Line[] {
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const [mine, theirs] = [one[i], other[j]];
    if (mine !== undefined && mine === theirs) {
      lines.push({ kind: "same", text: mine });
      i++;
      j++;
    } else if (
      theirs === undefined ||
      (mine !== undefined && (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ kind: "gone", text: mine ?? "" });
      i++;
    } else {
      lines.push({ kind: "new", text: theirs });
      j++;
    }
  }
  return lines;
}
