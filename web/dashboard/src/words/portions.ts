// A list in portions of a few rows each.

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
