// What stands between a page and the microphone, in words that somebody can act on. Browsers say it each in their way.

export type Obstacle = "refused" | "missing" | "in use" | "insecure" | "unsupported";

const NAMES: Record<string, Obstacle> = {
  NotAllowedError: "refused",
  PermissionDeniedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "in use",
  TrackStartError: "in use",
  AbortError: "in use",
};

/** What stands in the way, and what to do about it; for the dashboard, which is in English. */
export const SENTENCES: Record<Obstacle, string> = {
  refused:
    "The browser does not let this page use the microphone. Allow it beside the address, and in the settings of your system.",
  missing: "There is no microphone. Connect one.",
  "in use": "The microphone is in use by another program. Close that one.",
  insecure:
    "Browsers give the microphone only to pages that come over https. Ask for an address that begins with https://.",
  unsupported: "This browser has no microphone for pages. Use another browser.",
};

/** Whether a page like this one could be given a microphone at all. */
export function obstacleHere(page: { isSecureContext: boolean; hasDevices: boolean }): Obstacle | null {
  if (page.hasDevices) return null;
  return page.isSecureContext ? "unsupported" : "insecure";
}

export function obstacleOf(error: unknown): Obstacle | null {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return NAMES[name] ?? null;
}

/** This page's own obstacle, before anything is asked of the browser. */
export function obstacleOfThisPage(): Obstacle | null {
  const hasDevices = typeof navigator.mediaDevices?.getUserMedia === "function";
  return obstacleHere({ isSecureContext: window.isSecureContext, hasDevices });
}
