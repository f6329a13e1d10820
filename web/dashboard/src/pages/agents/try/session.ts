// A test call through the official client, unmodified. Its address is a trial's: the server runs the person's own draft
// there, tells every event and allows a chat; nothing is made for it, so nothing has to be tidied up.

import libsampleratePath from "@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js?url";
import { Conversation } from "@elevenlabs/client";
import audioConcatProcessor from "@elevenlabs/client/worklets/audioConcatProcessor.js?url";
import rawAudioProcessor from "@elevenlabs/client/worklets/rawAudioProcessor.js?url";

export interface Wanted {
  signedUrl: string;
  isText: boolean;
  variables: Record<string, string>;
}

export interface Told {
  onEvent: (event: { type?: string } & Record<string, unknown>) => void;
  onMode: (mode: "speaking" | "listening") => void;
  onEnd: (trouble: string | null) => void;
}

export interface TestSession {
  id: string;
  send: (text: string) => void;
  mute: (isMuted: boolean) => void;
  volume: () => number;
  end: () => Promise<void>;
}

export async function begin(wanted: Wanted, told: Told): Promise<TestSession> {
  const { signedUrl, isText, variables } = wanted;
  try {
    const conversation = await Conversation.startSession({
      signedUrl,
      connectionType: "websocket",
      textOnly: isText,
      dynamicVariables: variables,
      workletPaths: { rawAudioProcessor, audioConcatProcessor },
      libsampleratePath,
      onIncomingEvent: told.onEvent,
      onModeChange: ({ mode }) => told.onMode(mode),
      onDisconnect: (details) => told.onEnd(details.reason === "error" ? details.message : null),
    });
    return {
      id: conversation.getId(),
      send: (text) => conversation.sendUserMessage(text),
      mute: (isMuted) => conversation.setMicMuted(isMuted),
      volume: () => conversation.getInputVolume(),
      end: () => conversation.endSession(),
    };
  } catch (error) {
    throw inWords(error);
  }
}

/** What went wrong, as somebody can act on it; browsers and the client say it in their own ways. */
function inWords(error: unknown): unknown {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") {
    return new Error(
      "The browser does not let this page use the microphone. Allow it beside the address, or try the agent as a chat.",
    );
  }
  if (name === "NotFoundError")
    return new Error("There is no microphone. Connect one, or try the agent as a chat.");
  if (name === "NotReadableError") {
    return new Error(
      "The microphone is in use by another program. Close that one, or try the agent as a chat.",
    );
  }
  return error;
}
