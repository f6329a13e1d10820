// A page that talks to an agent of your own server, with the official React package as it is.
//
// Its `ConversationProvider` discards an `origin` that it is given, and with it any server but the vendor's. A signed URL
// says itself where it leads, so that is the way: the page asks its own server for one, and the API key stays there.

import libsampleratePath from "@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js?url";
import audioConcatProcessor from "@elevenlabs/client/worklets/audioConcatProcessor.js?url";
import rawAudioProcessor from "@elevenlabs/client/worklets/rawAudioProcessor.js?url";
import {
  ConversationProvider,
  useConversationControls,
  useConversationInput,
  useConversationMode,
  useConversationStatus,
} from "@elevenlabs/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

// What runs beside the page comes from the page's own server; by default some of it comes from elsewhere.
const OWN_FILES = { workletPaths: { rawAudioProcessor, audioConcatProcessor }, libsampleratePath };

function App() {
  const [said, setSaid] = useState([]);
  const add = ({ source, message }) => setSaid((before) => [...before, { source, message }]);
  // Somebody interrupted: only the beginning of this answer was heard.
  const correct = ({ original_agent_response: original, corrected_agent_response: message }) =>
    setSaid((before) => before.map((each) => (each.message === original ? { ...each, message } : each)));
  return (
    <ConversationProvider {...OWN_FILES} onMessage={add} onAgentResponseCorrection={correct}>
      <h1>Talk to an agent</h1>
      <Controls onStart={() => setSaid([])} />
      <ol aria-label="What is said" aria-live="polite">
        {said.map(({ source, message }, place) => (
          <li key={place} dir="auto">
            <strong>{source === "user" ? "You" : "Agent"}</strong> {message}
          </li>
        ))}
      </ol>
      <Write />
    </ConversationProvider>
  );
}

function Controls({ onStart }) {
  const { startSession, endSession } = useConversationControls();
  const { status, message } = useConversationStatus();
  const { isMuted, setMuted } = useConversationInput();
  const { isSpeaking } = useConversationMode();
  const [trouble, setTrouble] = useState("");

  async function start() {
    onStart();
    setTrouble("");
    try {
      startSession({ signedUrl: await signedUrl(), connectionType: "websocket" });
    } catch (error) {
      setTrouble(error.message);
    }
  }

  if (status !== "connected") {
    return (
      <>
        <button type="button" onClick={start} disabled={status === "connecting"}>
          Talk
        </button>
        {(trouble || message) && <p role="alert">{trouble || message}</p>}
      </>
    );
  }
  return (
    <>
      <button type="button" onClick={() => setMuted(!isMuted)} aria-pressed={isMuted}>
        Mute
      </button>{" "}
      <button type="button" onClick={endSession}>
        End
      </button>
      <p role="status">{isSpeaking ? "Speaking" : "Listening"}</p>
    </>
  );
}

function Write() {
  const { sendUserMessage } = useConversationControls();
  const { status } = useConversationStatus();
  function send(event) {
    event.preventDefault();
    const field = event.currentTarget.elements.text;
    if (field.value.trim()) sendUserMessage(field.value.trim());
    field.value = "";
  }
  if (status !== "connected") return null;
  return (
    <form onSubmit={send}>
      <input name="text" aria-label="Write to the agent" autoComplete="off" dir="auto" />{" "}
      <button type="submit">Send</button>
    </form>
  );
}

/** A fresh one for each call: it is good for a quarter of an hour. */
async function signedUrl() {
  const reply = await fetch("/signed-url", { method: "POST" });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.message);
  return answer.signed_url;
}

createRoot(document.getElementById("root")).render(<App />);
