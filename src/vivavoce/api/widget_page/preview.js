// Shows a widget with the settings that the page around this frame sends, and again whenever they change.
//
// The settings come by message, from our own origin only; the widget takes them instead of asking the server.

const TAG = "elevenlabs-convai";
// These the widget reads when it is made, and never again.
const AT_ITS_BIRTH = ["default_expanded", "language", "supported_language_overrides", "terms_key"];

let widget = null;
let born = "";

function show({ agentId, config, page }) {
  document.documentElement.dataset.page = page;
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

window.addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.source !== window.parent) return;
  if (event.data?.type === "vivavoce-preview:show") show(event.data);
});
window.parent.postMessage({ type: "vivavoce-preview:ready" }, location.origin);
