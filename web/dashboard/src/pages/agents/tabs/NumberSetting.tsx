// A number of the document as a field: the server says how far it goes, and what it is when the field is emptied.

import type { ReactNode } from "react";
import { NumberField } from "../../../parts/Field";
import { limitsOf } from "../../../words/limits";
import type { Path } from "../../../words/patch";
import { type Editing, numberAt } from "../useDocument";

interface Props {
  editing: Editing;
  path: Path;
  label: string;
  unit?: string;
  meaning?: ReactNode;
  /** The least that makes sense, where the contract leaves it open. */
  least?: number;
  step?: number;
  /** What -1 stands for on the wire. Here the field is empty then, and says this. */
  without?: string;
}

const NONE = -1;

export function NumberSetting({ editing: { doc, edit }, path, least, step, without, ...shown }: Props) {
  const { min: leastOfAll = least, max, usual, isWhole } = limitsOf(path);
  const min = without ? Math.max(0, leastOfAll ?? 0) : leastOfAll;
  const value = numberAt(doc, path);
  return (
    <NumberField
      {...shown}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      step={step ?? (isWhole ? 1 : 0.5)}
      placeholder={without}
      value={without && value === NONE ? null : value}
      onChange={(typed) => edit(path, typed ?? (without ? NONE : usual))}
    />
  );
}

/** A number as it stands, for pictures and the like. */
export function numberOf(editing: Editing, path: Path): number {
  return numberAt(editing.doc, path) ?? limitsOf(path).usual;
}
