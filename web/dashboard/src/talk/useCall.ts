// The call of a visitor: where it stands, what was said, and what can be done with it.

import { useEffect, useRef, useState } from "react";
import { ServerAway } from "../api/call";
import { obstacleOfThisPage } from "../call/microphone";
import type { CallSession, End, Event, Mode } from "../call/session";
import { heard, SILENCE, type Talk, wrote } from "../words/talk";
import { socketOf, type TalkAddress } from "./address";
import { obstacleInWords, type Trouble, whyNot, whyOver } from "./trouble";
import type { Words } from "./words";

export type Stage = "idle" | "starting" | "running" | "over";

export interface Ended {
  by: End["by"];
  trouble: Trouble | null;
}

export interface VisitorsCall {
  stage: Stage;
  isText: boolean;
  isMuted: boolean;
  mode: Mode;
  talk: Talk;
  session: CallSession | null;
  end: Ended | null;
  /** Whether a call was left behind: whoever uses the keyboard begins the next one from here. */
  isBack: boolean;
  /** Why it did not begin. */
  trouble: Trouble | null;
  start: (wanted: {
    isText: boolean;
    variables: Record<string, string>;
    microphone?: string | undefined;
  }) => void;
  send: (text: string) => void;
  mute: () => void;
  hangUp: () => void;
  leave: () => void;
}

interface Given {
  address: TalkAddress;
  /** What the agent is asked to speak, where that is not what it speaks by itself. */
  language: string | undefined;
  /** What the page speaks. */
  spoken: string;
  words: Words;
  mayChat: boolean;
}

const FRESH = {
  stage: "idle" as Stage,
  isText: false,
  isMuted: false,
  mode: "listening" as Mode,
  talk: SILENCE,
  session: null as CallSession | null,
  end: null as Ended | null,
  trouble: null as Trouble | null,
  isBack: false,
};

export function useCall({ address, language, spoken, words, mayChat }: Given): VisitorsCall {
  const [call, set] = useState(FRESH);
  const running = useRef<CallSession | null>(null);
  // Which start is meant: whoever gave one up does not want to hear of it later.
  const attempt = useRef(0);
  const change = (next: Partial<typeof FRESH>) => set((before) => ({ ...before, ...next }));

  useEffect(() => {
    const forget = soon(() => void loaded().catch(() => undefined));
    return () => {
      forget();
      attempt.current += 1;
      void running.current?.end();
    };
  }, []);

  const start: VisitorsCall["start"] = async ({ isText, variables, microphone }) => {
    attempt.current += 1;
    const mine = attempt.current;
    const isMine = () => attempt.current === mine;
    set({ ...FRESH, stage: "starting", isText });
    try {
      const obstacle = isText ? null : obstacleOfThisPage();
      if (obstacle) {
        const trouble = { text: obstacleInWords(obstacle, words, mayChat), detail: null };
        return set({ ...FRESH, isBack: true, trouble });
      }
      const { connect } = await loaded();
      const wanted = {
        address: socketOf(window.location.origin, address),
        isText,
        variables,
        language,
        userId: address.userId ?? undefined,
        microphone,
      };
      const session = await connect(wanted, {
        onEvent: (event: Event) =>
          isMine() && set((before) => ({ ...before, talk: heard(before.talk, event) })),
        onMode: (mode) => isMine() && change({ mode }),
        onEnd: ({ by, reason }) => {
          running.current = null;
          const trouble = by === "trouble" ? whyOver(reason, words, spoken) : null;
          if (isMine()) change({ stage: "over", end: { by, trouble } });
        },
      });
      if (!isMine()) return void session.end();
      running.current = session;
      set((before) =>
        before.stage === "over" ? { ...before, session } : { ...before, session, stage: "running" },
      );
    } catch (error) {
      if (isMine()) set({ ...FRESH, isBack: true, trouble: whyNot(error, words, spoken, mayChat) });
    }
  };

  return {
    ...call,
    start,
    send: (text) => {
      call.session?.send(text);
      set((before) => ({ ...before, talk: wrote(before.talk, text) }));
    },
    mute: () => {
      call.session?.mute(!call.isMuted);
      change({ isMuted: !call.isMuted });
    },
    hangUp: () => {
      if (call.session) return void call.session.end();
      attempt.current += 1;
      set({ ...FRESH, isBack: true });
    },
    leave: () => set({ ...FRESH, isBack: true }),
  };
}

const PAUSE_MILLISECONDS = 2_000;
const SIGNS = ["pointermove", "pointerdown", "keydown"] as const;

/** Does this as soon as the visitor stirs, or a moment after the page is there; what is answered gives it up. */
function soon(work: () => void): () => void {
  const come = () => {
    giveUp();
    work();
  };
  const timer = window.setTimeout(come, PAUSE_MILLISECONDS);
  const giveUp = () => {
    window.clearTimeout(timer);
    for (const sign of SIGNS) window.removeEventListener(sign, come);
  };
  for (const sign of SIGNS) window.addEventListener(sign, come, { passive: true });
  return giveUp;
}

/** The official client, which is larger than the page: it comes when the page is there. */
async function loaded(): Promise<typeof import("../call/session")> {
  try {
    return await import("../call/session");
  } catch {
    throw new ServerAway();
  }
}
