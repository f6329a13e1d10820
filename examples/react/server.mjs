// Serves the built page, and fetches signed URLs for it: the API key never reaches a browser.
//
//     VIVAVOCE_API_KEY=xi_... AGENT_ID=agent_... npm start
//
// Whoever may call /signed-url may talk to your agent: put it behind your own login.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const { VIVAVOCE_URL = "http://127.0.0.1:8080", VIVAVOCE_API_KEY, AGENT_ID, PORT = "3000" } = process.env;
if (!VIVAVOCE_API_KEY || !AGENT_ID) {
  console.error("Set VIVAVOCE_API_KEY to an API key of your server, and AGENT_ID to the agent to talk to.");
  process.exit(2);
}

const BUILT = join(import.meta.dirname, "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

async function signedUrl(response) {
  const address = `${VIVAVOCE_URL}/v1/convai/conversation/get-signed-url?agent_id=${encodeURIComponent(AGENT_ID)}`;
  try {
    const reply = await fetch(address, { headers: { "xi-api-key": VIVAVOCE_API_KEY } });
    const answer = await reply.json();
    if (reply.ok) return send(response, 200, { signed_url: answer.signed_url });
    console.error(`No signed URL (${reply.status}):`, answer.detail);
  } catch (error) {
    console.error(`No signed URL: ${error.message}`);
  }
  send(response, 502, { message: "The agent cannot be reached. The log of this server says why." });
}

function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

async function file(path, response) {
  const place = normalize(join(BUILT, path === "/" ? "index.html" : path));
  try {
    if (!place.startsWith(BUILT)) throw new Error("outside");
    const content = await readFile(place);
    response.writeHead(200, { "content-type": TYPES[extname(place)] ?? "application/octet-stream" });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (request.method === "POST" && pathname === "/signed-url") return signedUrl(response);
  if (request.method === "GET") return file(pathname, response);
  response.writeHead(405).end();
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
