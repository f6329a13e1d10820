// Which server the widget talks to: the one that its script came from, or the one that the script's tag names.
//
// The widget's own code is changed when it is built (build/changes.ts) so that it asks here for every address. A script
// knows its own tag only while it runs for the first time, so this is read at once and kept.

import { RAW_AUDIO, RESAMPLER, SOUND_QUEUE } from "vivavoce:assets";
import { addressIn, originOf } from "./origins";

const OUR_SCRIPTS = 'script[src$="/widget.js"], script[src*="/convai-widget"]';

function ownTag(): HTMLScriptElement | null {
  const running = document.currentScript;
  // A script of type module has no tag of its own; the last one that is ours has to be it.
  return running instanceof HTMLScriptElement
    ? running
    : (([...document.querySelectorAll(OUR_SCRIPTS)].at(-1) as HTMLScriptElement) ?? null);
}

export const origin = originOf(ownTag(), location.href);
export const sockets = origin.replace(/^http/, "ws");

/** The address of a file that this build made. */
export const asset = (name: string): string => `${origin}/embed/${name}`;

/** Scripts for the browser's audio thread. Inside a page's own policy they may come from here, never from a `blob:`. */
export const WORKLETS = {
  "worklet-path-raw-audio-processor": asset(RAW_AUDIO),
  "worklet-path-audio-concat-processor": asset(SOUND_QUEUE),
  "worklet-path-libsamplerate": asset(RESAMPLER),
};

/** Who a visitor is to a browser that comes again: a number drawn by lot, and nothing about the machine. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the visitor lets pages move. */
export const mayMove = (): boolean => !window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The pictures that a message of the agent may show: from here, from the page, and from hosts that the agent allows. */
export const picturesFrom = (links: string[]): string[] => [...new Set([...links, origin, location.origin])];

/** The name under a link that the agent's owner wants to be shown. */
export function bannerName(link: string): string {
  return addressIn(link)?.hostname ?? link;
}
