// Redeems a one-time link, an invite or an API key, and shows who is signed in. Text from the server is only ever set as text.

const byId = (id) => document.getElementById(id);
const session = "/v1/vivavoce/session";
let csrfToken = null;

async function call(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  if (csrfToken) headers["x-csrf-token"] = csrfToken;
  const reply = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await reply.json().catch(() => ({}));
  if (!reply.ok) {
    const detail = answer.detail;
    throw new Error(Array.isArray(detail) ? detail[0].msg : detail?.message ?? `The server answered ${reply.status}.`);
  }
  return answer;
}

function showDoor(trouble) {
  byId("welcome").hidden = true;
  byId("door").hidden = false;
  byId("trouble").hidden = !trouble;
  byId("trouble").textContent = trouble ?? "";
}

async function showWelcome(who) {
  csrfToken = who.csrf_token ?? csrfToken;
  byId("door").hidden = true;
  byId("welcome").hidden = false;
  byId("who").textContent = who.user.email ?? who.user.first_name ?? "an admin";
  byId("workspace").textContent = who.workspace.name;
  const { agents } = await call("GET", "/v1/convai/agents?page_size=100");
  byId("agents").replaceChildren(
    ...agents.map((agent) => {
      const item = document.createElement("li");
      const id = document.createElement("code");
      id.textContent = agent.agent_id;
      item.append(`${agent.name} `, id);
      return item;
    }),
  );
  byId("no-agents").hidden = agents.length > 0;
}

async function begin() {
  byId("example").textContent = `ElevenLabs(base_url="${location.origin}", api_key="xi_…")`;
  const wanted = new URLSearchParams(location.search);
  const [login, invite] = [wanted.get("login"), wanted.get("invite")];
  if (login || invite) history.replaceState(null, "", "/"); // the token is spent; it need not stay in the history
  try {
    await showWelcome(await comeIn(login, invite));
  } catch (error) {
    showDoor(login || invite ? error.message : null);
  }
}

function comeIn(login, invite) {
  if (login) return call("POST", session, { login_token: login });
  if (invite) return call("POST", "/v1/vivavoce/invites/accept", { invite_token: invite });
  return call("GET", session);
}

byId("door").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await showWelcome(await call("POST", session, { api_key: byId("key").value.trim() }));
    byId("key").value = "";
  } catch (error) {
    showDoor(error.message);
  }
});

byId("leave").addEventListener("click", async () => {
  await call("DELETE", session).catch(() => null);
  csrfToken = null;
  showDoor();
});

begin();
