// A conversation as it happens: the events of the wire, gathered into turns. Pure, so that it can be tested without a call.

export interface Turn {
  key: number;
  who: "caller" | "agent" | "tool";
  text: string;
  /** What would have been said, where somebody spoke before it was. */
  original?: string;
  isTentative?: boolean;
  isInterrupted?: boolean;
  /** Written here, and not yet repeated by the server. */
  isWritten?: boolean;
  eventId?: number;
}

export interface Talk {
  turns: Turn[];
  next: number;
}

/** Said where a call ended and nobody gave a reason. */
export const BROKEN_OFF = "The connection broke off: the server or the network went away.";

export const SILENCE: Talk = { turns: [], next: 1 };

type Event = { type?: string } & Record<string, unknown>;

/** The talk after one event; events that say nothing change nothing. */
export function heard(talk: Talk, event: Event): Talk {
  switch (event.type) {
    case "user_transcript": {
      const { user_transcript: text, event_id } = part(event, "user_transcription_event");
      const rest = without(talk, isGuess);
      return repeats(rest, text) ?? said(rest, { who: "caller", text: String(text ?? ""), ...id(event_id) });
    }
    case "tentative_user_transcript": {
      const { user_transcript: text } = part(event, "tentative_user_transcription_event");
      return said(without(talk, isGuess), { who: "caller", text: String(text ?? ""), isTentative: true });
    }
    case "agent_chat_response_part":
      return written(talk, part(event, "text_response_part"));
    case "agent_response": {
      const { agent_response: text, event_id } = part(event, "agent_response_event");
      return said(without(talk, isBeingWritten), { who: "agent", text: String(text ?? ""), ...id(event_id) });
    }
    case "agent_response_correction":
      return corrected(talk, part(event, "agent_response_correction_event"));
    case "agent_tool_response": {
      const tool = part(event, "agent_tool_response");
      const failed = tool.is_error === true ? " failed" : "";
      return said(talk, { who: "tool", text: `${String(tool.tool_name ?? "a tool")}${failed}` });
    }
    case "client_tool_call":
      return said(talk, {
        who: "tool",
        text: `${String(part(event, "client_tool_call").tool_name ?? "")} (asked of this page)`,
      });
    default:
      return talk;
  }
}

/** What the person at this page wrote; shown at once, and repeated by the server a moment later. */
export function wrote(talk: Talk, text: string): Talk {
  return said(talk, { who: "caller", text, isWritten: true });
}

/** The talk with a written turn acknowledged, if this is the server's echo of one. */
function repeats(talk: Talk, text: unknown): Talk | null {
  const index = talk.turns.findIndex((turn) => turn.isWritten === true && turn.text === text);
  if (index < 0) return null;
  const turns = talk.turns.map((turn, place) => (place === index ? { ...turn, isWritten: false } : turn));
  return { ...talk, turns };
}

function part(event: Event, name: string): Record<string, unknown> {
  const found = event[name];
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}

function id(eventId: unknown): { eventId: number } | Record<never, never> {
  return typeof eventId === "number" ? { eventId } : {};
}

function said(talk: Talk, turn: Omit<Turn, "key">): Talk {
  if (!turn.text) return talk;
  return { turns: [...talk.turns, { ...turn, key: talk.next }], next: talk.next + 1 };
}

const isGuess = (turn: Turn) => turn.who === "caller" && turn.isTentative === true;
const isBeingWritten = (turn: Turn) => turn.who === "agent" && turn.isTentative === true;

function without(talk: Talk, which: (turn: Turn) => boolean): Talk {
  const last = talk.turns.at(-1);
  return last && which(last) ? { ...talk, turns: talk.turns.slice(0, -1) } : talk;
}

/** A reply that streams as text: it grows until the whole of it comes. */
function written(talk: Talk, { type, text }: Record<string, unknown>): Talk {
  if (type !== "delta" || typeof text !== "string") return talk;
  const last = talk.turns.at(-1);
  if (!last || !isBeingWritten(last)) return said(talk, { who: "agent", text, isTentative: true });
  return { ...talk, turns: [...talk.turns.slice(0, -1), { ...last, text: last.text + text }] };
}

function corrected(talk: Talk, correction: Record<string, unknown>): Talk {
  const original = String(correction.original_agent_response ?? "");
  const text = String(correction.corrected_agent_response ?? "");
  const index = talk.turns.findLastIndex((turn) => turn.who === "agent" && turn.text === original);
  if (index < 0) return talk;
  const turns = talk.turns.map((turn, place) =>
    place === index ? { ...turn, text, original, isInterrupted: true } : turn,
  );
  return { ...talk, turns };
}

/** The rest of a reply that nobody heard. */
export function unheard({ text, original }: Pick<Turn, "text" | "original">): string {
  const beginning = text.replace(/[\s….]+$/, "");
  return original?.startsWith(beginning) ? original.slice(beginning.length) : "";
}
