// The call of a visitor: where it stands, what was said, and what can be done with it.

import { useEffect, useRef, useState } from "react";
import { ServerAway } from "../api/call";
import { inWords, obstacleOf, obstacleOfThisPage } from "../call/microphone";
import type { CallSession, End, Event, Mode } from "../call/session";
import { heard, SILENCE, type Talk, wrote } from "../words/talk";
import { socketOf, type TalkAddress } from "./address";

export type Stage = "idle" | "starting" | "running" | "over";

export interface VisitorsCall {
  stage: Stage;
  isText: boolean;
  isMuted: boolean;
  mode: Mode;
  talk: Talk;
  session: CallSession | null;
  end: End | null;
  /** Whether a call was left behind: whoever uses the keyboard begins the next one from here. */
  isBack: boolean;
  /** Why it did not begin. */
  trouble: string | null;
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
  language: string | undefined;
  mayChat: boolean;
}

const FRESH = {
  stage: "idle" as Stage,
  isText: false,
  isMuted: false,
  mode: "listening" as Mode,
  talk: SILENCE,
  session: null as CallSession | null,
  end: null as End | null,
  trouble: null as string | null,
  isBack: false,
};

export function useCall({ address, language, mayChat }: Given): VisitorsCall {
  const [call, set] = useState(FRESH);
  const running = useRef<CallSession | null>(null);
  // Which start is meant: whoever gave one up does not want to hear of it later.
  const attempt = useRef(0);
  const change = (next: Partial<typeof FRESH>) => set((before) => ({ ...before, ...next }));

  useEffect(() => {
    const client = window.setTimeout(() => void loaded().catch(() => undefined), 300);
    return () => {
      window.clearTimeout(client);
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
      if (obstacle) throw new Error(inWords(obstacle, mayChat ? INSTEAD : ""));
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
        onEnd: (end) => {
          running.current = null;
          if (isMine()) change({ stage: "over", end });
        },
      });
      if (!isMine()) return void session.end();
      running.current = session;
      set((before) =>
        before.stage === "over" ? { ...before, session } : { ...before, session, stage: "running" },
      );
    } catch (error) {
      if (isMine()) set({ ...FRESH, isBack: true, trouble: whyNot(error, mayChat) });
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

const INSTEAD = "write instead";

/** The official client, which is larger than the page: it comes when the page is there. */
async function loaded(): Promise<typeof import("../call/session")> {
  try {
    return await import("../call/session");
  } catch {
    throw new ServerAway();
  }
}

function whyNot(error: unknown, mayChat: boolean): string {
  const obstacle = obstacleOf(error);
  if (obstacle) return inWords(obstacle, mayChat ? INSTEAD : "");
  if (error instanceof ServerAway) return "The server does not answer. Try again in a moment.";
  const reason = (error as { closeReason?: string }).closeReason;
  const code = (error as { closeCode?: number }).closeCode;
  if (reason) return reason;
  if (code !== undefined) return "The server does not answer. Try again in a moment.";
  return error instanceof Error && error.message ? error.message : "The call could not begin.";
}
