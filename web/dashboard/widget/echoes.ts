// What a visitor writes is shown at once; the server tells it again, as it tells everything that the caller says.

interface Entry {
  type?: string;
  role?: string;
  message?: string;
  isText?: boolean;
}

const repeated = new WeakSet<Entry>();

/** Whether a message of the server is the first repetition of something that stands in the transcript already. */
export function isEcho(transcript: readonly Entry[], role: string, text: string): boolean {
  if (role !== "user") return false;
  const written = transcript.find(
    (entry) =>
      entry.role === "user" && entry.isText === true && entry.message === text && !repeated.has(entry),
  );
  if (!written) return false;
  repeated.add(written);
  return true;
}
