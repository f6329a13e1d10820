// Runs the start page's script with a page and a server made of paper, and prints what it asked the server.
const { readFileSync } = require("node:fs");
const { runInNewContext } = require("node:vm");

const [script, search] = process.argv.slice(2);
const asked = [];
const elements = {};
const element = () => ({ addEventListener() {}, replaceChildren() {}, append() {} });
const answers = (path) =>
  path.includes("/agents") ? { agents: [] } : { user: { email: "a@example.com" }, workspace: { name: "W" } };
runInNewContext(readFileSync(script, "utf8"), {
  URLSearchParams,
  document: { getElementById: (id) => (elements[id] ??= element()), createElement: element },
  location: { search, origin: "http://here" },
  history: { replaceState: (_state, _title, url) => asked.push(`now at ${url}`) },
  fetch: async (path, { method, body }) => {
    asked.push([method, path, body].filter(Boolean).join(" "));
    return { ok: true, json: async () => answers(path) };
  },
});
process.on("beforeExit", () => console.log(JSON.stringify(asked)));
