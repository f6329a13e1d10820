// A long list in portions of a few rows each, and which of them are drawn.

const ROWS = 10;

export interface Portion<T> {
  /** Where in the list its first row stands. */
  first: number;
  rows: T[];
}

export function portionsOf<T>(rows: readonly T[]): Portion<T>[] {
  return Array.from({ length: Math.ceil(rows.length / ROWS) }, (_, number) => ({
    first: number * ROWS,
    rows: rows.slice(number * ROWS, (number + 1) * ROWS),
  }));
}

export interface Span {
  first: number;
  /** The one behind the last. */
  end: number;
}

const AROUND = 2;

/**
 * Which portions of one height are drawn: those that are seen, and a few before and behind them. Always as many of them,
 * so that one goes when another one comes, and not a frame later.
 */
export function drawnPortions(scrolledPixels: number, seenPixels: number, portionPixels: number): Span {
  const first = Math.floor(scrolledPixels / portionPixels) - AROUND;
  const count = Math.ceil(seenPixels / portionPixels) + 1 + 2 * AROUND;
  return { first: Math.max(0, first), end: Math.max(0, first + count) };
}
