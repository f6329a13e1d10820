// Shows a widget with the settings that the page around this frame sends, and again whenever they change.
//
// The settings come by message, from our own origin only; the widget takes them instead of asking the server.

const TAG = "elevenlabs-convai";
// These the widget reads when it is made, and never again.
const AT_ITS_BIRTH = ["default_expanded", "language", "supported_language_overrides", "terms_key"];

let widget = null;
let born = "";
let trial = null;

function show({ agentId, config, page, signedUrl }) {
  document.documentElement.dataset.page = page;
  trial = signedUrl;
  const birth = JSON.stringify([agentId, ...AT_ITS_BIRTH.map((name) => config[name])]);
  if (widget !== null && birth === born) {
    widget.setAttribute("override-config", JSON.stringify(config));
    return;
  }
  widget?.remove();
  widget = document.createElement(TAG);
  widget.setAttribute("agent-id", agentId);
  widget.setAttribute("override-config", JSON.stringify(config));
  document.body.append(widget);
  born = birth;
}

// A conversation from here is a trial of the draft.
document.addEventListener("elevenlabs-convai:call", ({ detail }) => {
  if (!trial) return;
  detail.config.signedUrl = trial;
  detail.config.agentId = undefined;
});
window.addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.source !== window.parent) return;
  if (event.data?.type === "vivavoce-preview:show") show(event.data);
});
window.parent.postMessage({ type: "vivavoce-preview:ready" }, location.origin);
