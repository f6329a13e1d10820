// A long list that is in the page as a whole, so that the browser's search and a screen reader find every row of it.
//
// The browser leaves out what is far away from being seen (`content-visibility`), portion by portion: to lay out one row
// costs no more because of the others, and there are a tenth as many things to look after while somebody scrolls.

import { memo, type ReactNode, useMemo } from "react";
import { portionsOf } from "../words/portions";
import { useGrowing } from "./useGrowing";

interface Props<T> {
  rows: readonly T[];
  /** About how high a row is, until it has been seen. */
  rowRems: number;
  /** One row, which has the role of a list item. The same function each time, or all of them are drawn anew. */
  row: (one: T, index: number) => ReactNode;
}

export function LongList<T>({ rows, rowRems, row }: Props<T>) {
  const shown = useGrowing(rows.length);
  const portions = useMemo(() => portionsOf(rows.slice(0, shown)), [rows, shown]);
  return (
    <div role="list">
      {portions.map(({ first, rows: some }) => (
        <Portion key={first} first={first} rows={some} rowRems={rowRems} row={row} />
      ))}
      {shown < rows.length && <div style={{ height: `${(rows.length - shown) * rowRems}rem` }} />}
    </div>
  );
}

interface PortionProps<T> extends Props<T> {
  first: number;
}

const Portion = memo(
  function Portion<T>({ first, rows, rowRems, row }: PortionProps<T>) {
    return (
      <div className="portion" style={{ containIntrinsicBlockSize: `auto ${rows.length * rowRems}rem` }}>
        {rows.map((one, index) => row(one, first + index))}
      </div>
    );
  },
  (before, now) =>
    before.row === now.row &&
    before.rows.length === now.rows.length &&
    before.rows.every((one, index) => one === now.rows[index]),
) as <T>(props: PortionProps<T>) => ReactNode;
