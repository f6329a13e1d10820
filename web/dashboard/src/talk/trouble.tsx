// What stands in the way of a call or ended it, in the visitor's language. What the server said of it is in English; who
// reads another language is told in theirs what happened, and sees the server's words beneath.

import { ServerAway } from "../api/call";
import { type Obstacle, obstacleOf } from "../call/microphone";
import { nearest, type Words } from "./words";

export interface Trouble {
  text: string;
  /** The server's own words, where they are not the text itself. */
  detail: string | null;
}

export function Why({ trouble: { text, detail } }: { trouble: Trouble }) {
  return (
    <div className="stack tight">
      <p>{text}</p>
      {detail && (
        <p className="small" lang="en" dir="ltr">
          {detail}
        </p>
      )}
    </div>
  );
}

const MICROPHONE: Record<Obstacle, keyof Words> = {
  refused: "microphone_refused",
  missing: "microphone_missing",
  "in use": "microphone_in_use",
  insecure: "microphone_insecure",
  unsupported: "microphone_unsupported",
};

export function obstacleInWords(obstacle: Obstacle, words: Words, mayWrite: boolean): string {
  const what = words[MICROPHONE[obstacle]];
  return mayWrite ? `${what} ${words.may_write}` : what;
}

/** An error's words for a visitor who speaks `language`. */
export function troubleOf(error: unknown, words: Words, language: string): Trouble {
  if (error instanceof ServerAway) return { text: words.no_answer, detail: null };
  const said = error instanceof Error ? error.message : "";
  return translated(words.error_occurred, said || null, language);
}

// The contract's close code for a server that has no room or no time now.
const TAKEN = 1002;

/** Why a call did not begin. */
export function whyNot(error: unknown, words: Words, language: string, mayWrite: boolean): Trouble {
  const obstacle = obstacleOf(error);
  if (obstacle) return { text: obstacleInWords(obstacle, words, mayWrite), detail: null };
  const { closeReason: reason, closeCode: code } = error as { closeReason?: string; closeCode?: number };
  if (reason) return translated(code === TAKEN ? words.taken : words.not_begun, reason, language);
  if (error instanceof ServerAway || code !== undefined) return { text: words.no_answer, detail: null };
  const said = error instanceof Error ? error.message : "";
  return translated(words.not_begun, said || null, language);
}

/** Why a call ended that nobody ended. */
export function whyOver(reason: string | null, words: Words, language: string): Trouble {
  if (reason === null) return { text: words.broken_off, detail: null };
  return translated(words.error_occurred, reason, language);
}

function translated(text: string, reason: string | null, language: string): Trouble {
  if (reason === null) return { text, detail: null };
  return nearest(language) === "en" ? { text: reason, detail: null } : { text, detail: reason };
}
