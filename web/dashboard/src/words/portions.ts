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

/** Which portions of one height are drawn: those that are seen, and a few before and behind them. */
export function drawnPortions(scrolledPixels: number, seenPixels: number, portionPixels: number): Span {
  return {
    first: Math.max(0, Math.floor(scrolledPixels / portionPixels) - AROUND),
    end: Math.max(0, Math.ceil((scrolledPixels + seenPixels) / portionPixels)) + AROUND,
  };
}
