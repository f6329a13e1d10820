// Talks to a public agent with the official client, as it comes from npm.
//
// `origin` says whose server it is, and `connectionType` that the call is a WebSocket: for voice the client would else
// take WebRTC. The worklets come from beside this page; by default some of that comes from elsewhere.

const { Conversation } = ElevenLabsClient;
const PACKAGES = "node_modules";
const OWN_FILES = {
  workletPaths: {
    rawAudioProcessor: `${PACKAGES}/@elevenlabs/client/worklets/rawAudioProcessor.js`,
    audioConcatProcessor: `${PACKAGES}/@elevenlabs/client/worklets/audioConcatProcessor.js`,
  },
  libsampleratePath: `${PACKAGES}/@alexanderolsen/libsamplerate-js/dist/libsamplerate.worklet.js`,
};

const part = (id) => document.getElementById(id);
let conversation = null;

part("begin").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { server, agent } = event.target.elements;
  part("said").replaceChildren();
  show("Connecting…");
  try {
    conversation = await Conversation.startSession({
      ...OWN_FILES,
      origin: new URL(server.value).origin,
      agentId: agent.value.trim(),
      connectionType: "websocket",
      textOnly: event.submitter?.value === "text",
      onMessage: ({ source, message }) => add(source === "user" ? "You" : "Agent", message),
      onAgentResponseCorrection: correct,
      onModeChange: ({ mode }) => show(mode === "speaking" ? "Speaking" : "Listening"),
      onDisconnect: ({ reason, message }) => over(reason === "error" ? message : "The conversation is over."),
    });
    change(true);
  } catch (error) {
    over(error.message || String(error));
  }
});

part("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = event.target.elements;
  if (text.value.trim()) conversation.sendUserMessage(text.value.trim());
  text.value = "";
});

part("mute").addEventListener("click", ({ currentTarget }) => {
  const isMuted = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", isMuted);
  conversation.setMicMuted(isMuted);
});

part("end").addEventListener("click", () => conversation.endSession());

/** The address of the page may say whom to talk to: ?server=https://...&agent=agent_... */
for (const [name, value] of new URLSearchParams(location.search)) {
  if (part("begin").elements[name]) part("begin").elements[name].value = value;
}

function add(who, message) {
  const line = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = who;
  line.dir = "auto";
  line.append(name, " ", message);
  part("said").append(line);
}

/** Somebody interrupted: only the beginning of this answer was heard. */
function correct({ original_agent_response: original, corrected_agent_response: heard }) {
  const line = [...part("said").children].findLast((each) => each.lastChild.data === original);
  if (line) line.lastChild.data = heard;
}

function show(status) {
  part("status").textContent = status;
}

function change(isRunning) {
  for (const id of ["call", "write"]) part(id).hidden = !isRunning;
  part("begin").hidden = isRunning;
  part("mute").setAttribute("aria-pressed", "false");
}

function over(why) {
  conversation = null;
  change(false);
  show(why);
}
