// Short notes at the edge of the page: what was done, and what could not be.

import { useEffect } from "react";
import { messageOf } from "../parts/Trouble";
import { store, useStore } from "../words/store";

interface Said {
  id: number;
  text: string;
  kind: "good" | "bad";
}

const SHOWN_MILLISECONDS = 6_000;
const notes = store<Said[]>([]);
let last = 0;

export function note(text: string, kind: Said["kind"] = "good"): void {
  last += 1;
  notes.set([...notes.get().slice(-2), { id: last, text, kind }]);
}

/** For what a click started and what then failed. */
export function noteFailure(error: unknown): void {
  note(messageOf(error), "bad");
}

function dismiss(id: number): void {
  notes.set(notes.get().filter((each) => each.id !== id));
}

export function Notes() {
  const shown = useStore(notes);
  return (
    <div className="notes" role="status" aria-live="polite">
      {shown.map((each) => (
        <Note key={each.id} {...each} />
      ))}
    </div>
  );
}

function Note({ id, text, kind }: Said) {
  useEffect(() => {
    const timer = window.setTimeout(() => dismiss(id), SHOWN_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [id]);
  return (
    <div className={`notice ${kind}`}>
      <span className="grow">{text}</span>
      <button type="button" className="button plain slim" onClick={() => dismiss(id)} aria-label="Dismiss">
        ×
      </button>
    </div>
  );
}
