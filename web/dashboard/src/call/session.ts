// A call from a browser, through the official client, unmodified. Its parts that are files come from this server.

import libsampleratePath from "@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js?url";
import { Conversation, type DisconnectionDetails } from "@elevenlabs/client";
import audioConcatProcessor from "@elevenlabs/client/worklets/audioConcatProcessor.js?url";
import rawAudioProcessor from "@elevenlabs/client/worklets/rawAudioProcessor.js?url";

export type Event = { type?: string } & Record<string, unknown>;
export type Mode = "speaking" | "listening";

export interface Wanted {
  /** Where the socket is, with everything that says what runs. */
  address: string;
  isText: boolean;
  variables: Record<string, string>;
  language?: string | undefined;
  userId?: string | undefined;
  microphone?: string | undefined;
}

export interface End {
  by: "caller" | "agent" | "trouble";
  /** What the server said of it. Trouble without a reason: nobody closed the line, it went away. */
  reason: string | null;
}

export interface Told {
  onEvent: (event: Event) => void;
  onMode: (mode: Mode) => void;
  onEnd: (end: End) => void;
}

export interface CallSession {
  id: string;
  send: (text: string) => void;
  mute: (isMuted: boolean) => void;
  /** How loud the microphone is, from 0 to 1. */
  volume: () => number;
  /** How loud the agent is. */
  loudness: () => number;
  rate: (isGood: boolean, eventId: number) => void;
  end: () => Promise<void>;
}

/** Begins a call; rejects with what the browser or the server says against it. */
export async function connect(wanted: Wanted, told: Told): Promise<CallSession> {
  const conversation = await Conversation.startSession({
    signedUrl: wanted.address,
    connectionType: "websocket",
    textOnly: wanted.isText,
    dynamicVariables: wanted.variables,
    workletPaths: { rawAudioProcessor, audioConcatProcessor },
    libsampleratePath,
    ...(wanted.language ? { overrides: { agent: { language: wanted.language as never } } } : {}),
    ...(wanted.userId ? { userId: wanted.userId } : {}),
    ...(wanted.microphone ? { inputDeviceId: wanted.microphone } : {}),
    onIncomingEvent: told.onEvent,
    onModeChange: ({ mode }) => told.onMode(mode),
    onDisconnect: (details) => told.onEnd(endOf(details)),
  });
  return {
    id: conversation.getId(),
    send: (text) => conversation.sendUserMessage(text),
    mute: (isMuted) => conversation.setMicMuted(isMuted),
    volume: () => conversation.getInputVolume(),
    loudness: () => conversation.getOutputVolume(),
    rate: (isGood, eventId) => conversation.sendFeedback(isGood, eventId),
    end: () => conversation.endSession(),
  };
}

function endOf(details: DisconnectionDetails): End {
  if (details.reason === "user") return { by: "caller", reason: null };
  if (details.reason === "agent") return { by: "agent", reason: null };
  return { by: "trouble", reason: details.closeReason || null };
}
