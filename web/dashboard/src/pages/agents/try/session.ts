// A test call: the draft as a branch of its own for as long as the call lasts, and the official client, unmodified.
//
// No call runs a draft, so a branch is made that holds it, with everything allowed that the panel needs (all events, chat).
// It is put away and removed when the call is over; the conversation keeps the version it ran.

import libsampleratePath from "@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js?url";
import { Conversation } from "@elevenlabs/client";
import audioConcatProcessor from "@elevenlabs/client/worklets/audioConcatProcessor.js?url";
import rawAudioProcessor from "@elevenlabs/client/worklets/rawAudioProcessor.js?url";
import { type Body, call } from "../../../api/call";
import { type Doc, patched } from "../../../words/patch";

const EVENTS = [
  "audio",
  "interruption",
  "user_transcript",
  "tentative_user_transcript",
  "agent_response",
  "agent_response_correction",
  "agent_chat_response_part",
  "agent_tool_response",
  "client_tool_call",
  "vad_score",
  "ping",
];

export interface Wanted {
  agentId: string;
  versionId: string;
  doc: Doc;
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
  const branchId = await branchOf(wanted);
  const forget = once(() => removeBranch(wanted.agentId, branchId));
  try {
    return await started(wanted, branchId, told, forget);
  } catch (error) {
    forget();
    throw inWords(error);
  }
}

async function started(
  wanted: Wanted,
  branch_id: string,
  told: Told,
  forget: () => void,
): Promise<TestSession> {
  const { signed_url: signedUrl } = await call("GET /v1/convai/conversation/get-signed-url", {
    query: { agent_id: wanted.agentId, branch_id },
  });
  const conversation = await Conversation.startSession({
    signedUrl,
    connectionType: "websocket",
    textOnly: wanted.isText,
    dynamicVariables: wanted.variables,
    workletPaths: { rawAudioProcessor, audioConcatProcessor },
    libsampleratePath,
    onIncomingEvent: told.onEvent,
    onModeChange: ({ mode }) => told.onMode(mode),
    onDisconnect: (details) => {
      forget();
      told.onEnd(details.reason === "error" ? details.message : null);
    },
  });
  return {
    id: conversation.getId(),
    send: (text) => conversation.sendUserMessage(text),
    mute: (isMuted) => conversation.setMicMuted(isMuted),
    volume: () => conversation.getInputVolume(),
    end: () => conversation.endSession(),
  };
}

const NAME = "Test call";

async function branchOf({ agentId, versionId, doc }: Wanted): Promise<string> {
  const needed: Doc = {
    conversation_config: { conversation: { client_events: EVENTS } },
    platform_settings: { overrides: { conversation_config_override: { conversation: { text_only: true } } } },
  };
  const whole = patched(doc, needed);
  const made = await call("POST /v1/convai/agents/{agent_id}/branches", {
    path: { agent_id: agentId },
    body: {
      parent_version_id: versionId,
      name: `${NAME} ${new Date().toISOString().slice(0, 19)} ${Math.random().toString(36).slice(2, 6)}`,
      description: "A draft that is being tried out. It removes itself when the call is over.",
      conversation_config: whole.conversation_config,
      platform_settings: whole.platform_settings,
      workflow: whole.workflow,
    } as Body<"POST /v1/convai/agents/{agent_id}/branches">,
  });
  return made.created_branch_id;
}

async function removeBranch(agent_id: string, branch_id: string): Promise<void> {
  const path = { agent_id, branch_id };
  await call("PATCH /v1/convai/agents/{agent_id}/branches/{branch_id}", {
    path,
    body: { is_archived: true },
  });
  await call("DELETE /v1/convai/agents/{agent_id}/branches/{branch_id}", { path });
}

function once(work: () => Promise<void>): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work().catch((error) => console.warn("The branch of the test call could not be removed.", error));
  };
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
