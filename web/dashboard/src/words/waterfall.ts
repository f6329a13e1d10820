// Where the time of a turn went: from the moment the caller fell silent to the moment the agent was heard.
//
// The server measures spans, some of which begin at the end of the caller's speech and some at the end of their turn.
// Here they are laid one after the other. A turn that nobody spoke (a chat) has no sound and begins with its turn.

export interface Piece {
  name: string;
  who: "wait" | "mind" | "voice" | "ear";
  from: number;
  to: number;
}

export interface Waterfall {
  pieces: Piece[];
  firstToken: number | null;
  total: number;
}

type Metrics = Record<string, { elapsed_time: number }>;

export function waterfallOf(metrics: Metrics | undefined): Waterfall | null {
  const seconds = (name: string) => metrics?.[name]?.elapsed_time;
  const turnOver = seconds("convai_end_of_turn_latency") ?? 0;
  const token = seconds("convai_llm_service_ttfb");
  const sentence = seconds("convai_llm_service_ttf_sentence");
  const audio = seconds("convai_tts_service_ttfb");
  const played = seconds("convai_time_to_playback");
  const pieces: Piece[] = [];
  let now = 0;
  const until = (name: string, who: Piece["who"], to: number) => {
    if (to > now + 0.0005) pieces.push({ name, who, from: now, to });
    now = Math.max(now, to);
  };
  until("waiting until the turn is over", "wait", turnOver);
  const thought = sentence ?? token;
  if (thought !== undefined) until("thinking of the first sentence", "mind", turnOver + thought);
  if (audio !== undefined) until("making the first sound", "voice", now + audio);
  if (played !== undefined) until("on the way to the caller", "ear", turnOver + played);
  if (pieces.length === 0) return null;
  return { pieces, firstToken: token === undefined ? null : turnOver + token, total: now };
}

/** The middle value, and the one that only one in twenty exceeds. */
export function spread(values: readonly number[]): { median: number; p95: number } | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  return { median: at(0.5), p95: at(0.95) };
}
