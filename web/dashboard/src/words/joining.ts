// Two people's changes of the same document, laid into one: field by field, and what both changed is asked about.

import { at, type Doc, isObject, isSame, type Json, type Path, withValue } from "./patch";

type Value = Json | undefined;

/** A field that both changed, each in their own way. What is undefined is not there. */
export interface Clash {
  path: Path;
  before: Value;
  mine: Value;
  theirs: Value;
}

export interface Joined {
  /** Both changes; where they clash, mine. */
  doc: Doc;
  clashes: Clash[];
}

export function joined(before: Doc, mine: Doc, theirs: Doc): Joined {
  const clashes: Clash[] = [];
  return { doc: objects([], before, mine, theirs, clashes), clashes };
}

function objects(path: Path, before: Doc, mine: Doc, theirs: Doc, clashes: Clash[]): Doc {
  const result: Doc = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const value = either([...path, name], before[name], mine[name], theirs[name], clashes);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function either(path: Path, before: Value, mine: Value, theirs: Value, clashes: Clash[]): Value {
  if (isSame(mine, theirs) || isSame(mine, before)) return theirs;
  if (isSame(theirs, before)) return mine;
  if (isObject(mine) && isObject(theirs)) {
    return objects(path, isObject(before) ? before : {}, mine, theirs, clashes);
  }
  clashes.push({ path, before, mine, theirs });
  return mine;
}

/** The document with theirs at some of the places where both changed something. */
export function withTheirs(doc: Doc, clashes: readonly Clash[]): Doc {
  return clashes.reduce(
    (result, { path, theirs }) =>
      theirs === undefined ? without(result, path) : withValue(result, path, theirs),
    doc,
  );
}

function without(doc: Doc, path: Path): Doc {
  const [holder, name] = [path.slice(0, -1), path.at(-1)];
  const held = at(doc, holder);
  if (name === undefined || !isObject(held)) return doc;
  const { [name]: _, ...rest } = held;
  return holder.length === 0 ? rest : withValue(doc, holder, rest);
}
