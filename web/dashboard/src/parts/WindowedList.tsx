// A list of very many rows of one height, of which only those are in the page that are seen, and some around them.
//
// Rows come and go in portions, which stand where they are put: the frames between two portions have nothing to do. And
// nothing here asks the browser how large or where something is while somebody scrolls, which would make it lay out the
// page at once, in the middle of a frame.

import { memo, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { drawnPortions, type Span } from "../words/portions";

interface Props<T> {
  rows: readonly T[];
  /** Whether there are no others that were not read yet. */
  isWhole: boolean;
  rowPixels: number;
  /** One row. The same function each time, or all of them are drawn anew. */
  row: (one: T) => ReactNode;
  /** Called when the end of the list comes near. */
  onEnd: () => void;
}

const PORTION_ROWS = 5;
/** How far from the end more rows are asked for: they are there before a quick hand is. */
const AHEAD_ROWS = 60;

export function WindowedList<T>({ rows, isWhole, rowPixels, row, onEnd }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const { first, end } = useDrawn(box, rowPixels * PORTION_ROWS);
  const portions = Math.ceil(rows.length / PORTION_ROWS);
  const begin = Math.min(first, portions);
  const isNearEnd = end * PORTION_ROWS >= rows.length - AHEAD_ROWS;
  useEffect(() => {
    if (isNearEnd) onEnd();
  }, [isNearEnd, onEnd]);
  return (
    <div ref={box} className="windowed" role="list" style={{ height: rows.length * rowPixels }}>
      {Array.from({ length: Math.min(end, portions) - begin }, (_, place) => begin + place).map((portion) => (
        <Portion
          key={portion}
          first={portion * PORTION_ROWS}
          rows={rows.slice(portion * PORTION_ROWS, (portion + 1) * PORTION_ROWS)}
          setSize={isWhole ? rows.length : -1}
          rowPixels={rowPixels}
          row={row}
        />
      ))}
    </div>
  );
}

/** Which portions are drawn, as the window stands over the list. */
function useDrawn(box: RefObject<HTMLElement | null>, portionPixels: number) {
  const [drawn, draw] = useState(() => drawnPortions(0, window.innerHeight, portionPixels));
  useLayoutEffect(() => {
    let top = 0;
    let last: Span | null = null;
    const look = () => {
      const now = drawnPortions(window.scrollY - top, window.innerHeight, portionPixels);
      if (now.first !== last?.first || now.end !== last.end) draw(now);
      last = now;
    };
    const measure = () => {
      top = (box.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      look();
    };
    measure();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", measure);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", measure);
    };
  }, [box, portionPixels]);
  return drawn;
}

interface PortionProps<T> {
  first: number;
  rows: readonly T[];
  /** Of how many rows these are some, or -1 where nobody knows. */
  setSize: number;
  rowPixels: number;
  row: (one: T) => ReactNode;
}

const Portion = memo(
  function Portion<T>({ first, rows, setSize, rowPixels, row }: PortionProps<T>) {
    return (
      <div style={{ top: first * rowPixels, height: rows.length * rowPixels }}>
        {rows.map((one, index) => (
          <div key={index} role="listitem" aria-setsize={setSize} aria-posinset={first + index + 1}>
            {row(one)}
          </div>
        ))}
      </div>
    );
  },
  (before, now) =>
    before.row === now.row &&
    before.rowPixels === now.rowPixels &&
    before.setSize === now.setSize &&
    before.rows.length === now.rows.length &&
    before.rows.every((one, index) => one === now.rows[index]),
) as <T>(props: PortionProps<T>) => ReactNode;
