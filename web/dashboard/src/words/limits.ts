// How far a number of an agent's document goes, and what it is unless somebody sets it: the contract's, from the server.

import { FIELDS } from "../api/fields";
import type { Path } from "./patch";

export interface Limits {
  min: number | undefined;
  max: number | undefined;
  usual: number;
  isWhole: boolean;
}

export function limitsOf(path: Path): Limits {
  const name = path.join(".");
  const field = FIELDS.find((each) => each.path === name);
  if (field?.kind !== "number" || field.usual === undefined)
    throw new Error(`${name} is no number with a default.`);
  return { min: field.least, max: field.most, usual: field.usual, isWhole: field.isWhole === true };
}
