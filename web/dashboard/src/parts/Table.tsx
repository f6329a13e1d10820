// A table of things of one kind, with what can be done with each at its end. On a phone each row is a card of its own.

import type { ReactNode } from "react";

export interface Column<T> {
  name: string;
  cell: (one: T) => ReactNode;
  /** How the cells look: names of the plain classes of `parts.css`. */
  look?: string;
}

export interface Act<T> {
  /** What the button says. */
  name: string;
  /** What it is about, for who hears the button without its row. */
  of: (one: T) => string;
  run: (one: T) => void;
  /** For whom it is there; for all if this is not given. */
  when?: (one: T) => boolean;
  isDangerous?: boolean;
}

interface Props<T> {
  rows: readonly T[];
  keyOf: (one: T) => string;
  columns: readonly Column<T>[];
  acts?: readonly Act<T>[];
}

export function Table<T>({ rows, keyOf, columns, acts = [] }: Props<T>) {
  const hasButtons = rows.some((one) => acts.some(({ when }) => !when || when(one)));
  return (
    // What scrolls has to be reachable by keys: by its buttons, or else by itself.
    <div className="card scroll" style={{ padding: 0 }} tabIndex={hasButtons ? undefined : 0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th key={name}>{name}</th>
            ))}
            {acts.length > 0 && (
              <th>
                <span className="hidden-text">What to do</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={keyOf(one)}>
              {columns.map(({ name, cell, look }) => (
                <td key={name} className={look} data-name={name}>
                  <div>{cell(one)}</div>
                </td>
              ))}
              {acts.length > 0 && (
                <td className="right nowrap acts">
                  {acts
                    .filter(({ when }) => !when || when(one))
                    .map((act) => (
                      <button
                        key={act.name}
                        type="button"
                        className={`button slim${act.isDangerous ? " danger" : ""}`}
                        onClick={() => act.run(one)}
                      >
                        {act.name}
                        <span className="hidden-text"> {act.of(one)}</span>
                      </button>
                    ))}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
