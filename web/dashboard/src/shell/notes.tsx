// Short notes at the edge of the page: what was done, and what could not be.

import { useEffect, useRef, useState } from "react";
import { messageOf } from "../parts/Trouble";
import { store, useStore } from "../words/store";

interface Said {
  id: number;
  text: string;
  kind: "good" | "bad";
  undo?: (() => void) | undefined;
}

const SHOWN_MILLISECONDS = 6_000;
const UNDO_MILLISECONDS = 12_000;
const notes = store<Said[]>([]);
let last = 0;

/** With `undo`, the note offers to take back what it tells of, as long as it is shown. Its number is for `dismiss`. */
export function note(text: string, kind: Said["kind"] = "good", undo?: () => void): number {
  last += 1;
  notes.set([...notes.get().slice(-2), { id: last, text, kind, undo }]);
  return last;
}

/** Says what was done last on this page and offers the way back, which goes with the page. */
export function useUndo(): (text: string, undo: () => void) => void {
  const shown = useRef(0);
  useEffect(() => () => dismiss(shown.current), []);
  return (text, undo) => {
    dismiss(shown.current);
    shown.current = note(text, "good", undo);
  };
}

/** For what a click started and what then failed. */
export function noteFailure(error: unknown): void {
  note(messageOf(error), "bad");
}

function dismiss(id: number): void {
  notes.set(notes.get().filter((each) => each.id !== id));
}

export function Notes({ dismissal = "Dismiss" }: { dismissal?: string }) {
  const shown = useStore(notes);
  return (
    <div className="notes" role="status" aria-live="polite">
      {shown.map((each) => (
        <Note key={each.id} {...each} dismissal={dismissal} />
      ))}
    </div>
  );
}

function Note({ id, text, kind, undo, dismissal }: Said & { dismissal: string }) {
  const [isHeld, hold] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = window.setTimeout(() => dismiss(id), undo ? UNDO_MILLISECONDS : SHOWN_MILLISECONDS);
    return () => window.clearTimeout(timer);
  }, [id, undo, isHeld]);
  return (
    // Whoever points at it, or has the focus in it, is reading it still.
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing is done here but to wait
    <div
      className={`notice ${kind}`}
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <span className="grow" dir="auto">
        {text}
      </span>
      {undo && (
        <button
          type="button"
          className="button slim"
          onClick={() => {
            dismiss(id);
            undo();
          }}
        >
          Undo
        </button>
      )}
      <button type="button" className="button plain slim" onClick={() => dismiss(id)} aria-label={dismissal}>
        ×
      </button>
    </div>
  );
}
