// What the server answered, once it did; until then that it is waited for, or why it does not come.

import type { ReactNode } from "react";
import { Waiting } from "./states";
import { Trouble } from "./Trouble";

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

interface Props<T> {
  of: Asked<T>;
  /** What is waited for, as a sentence goes on: "the keys". */
  what: string;
  lines?: number;
  children: (answer: T) => ReactNode;
}

export function Answer<T>({ of, what, lines = 4, children }: Props<T>) {
  if (of.data !== undefined) return children(of.data);
  if (of.error) return <Trouble error={of.error} again={() => void of.refetch()} />;
  return <Waiting what={what} lines={lines} />;
}
