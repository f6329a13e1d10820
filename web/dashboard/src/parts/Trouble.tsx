// What went wrong, in words, and what can be done about it.

import { ApiError, ServerAway } from "../api/call";

export function messageOf(error: unknown): string {
  if (error instanceof ServerAway)
    return "The server does not answer. Nothing was lost; try again in a moment.";
  if (error instanceof Error) return error.message;
  return "Something went wrong that nobody foresaw.";
}

/** Whether nothing is wrong but that it is not there, so that trying again is no help. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export function Trouble({ error, again }: { error: unknown; again?: () => void }) {
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="notice bad" role="alert">
      <div className="grow stack tight">
        <p>{messageOf(error)}</p>
        {id && <p className="small">For the log: request {id}.</p>}
        {again && (
          <p>
            <button type="button" className="button slim" onClick={again}>
              Try again
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
