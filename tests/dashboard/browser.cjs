// A headless Chromium with the dashboard in it, for the journeys of this folder.
//
// Whatever is not this machine does not exist for it; what a page asks for, complains of and looks like is kept. A journey
// is a function that is given a page; it throws when something is not as a person would expect it.

const fs = require("node:fs");
const path = require("node:path");

const [modules, dashboardModules, chromium, setting] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));
const axe = fs.readFileSync(path.join(dashboardModules, "axe-core", "axe.min.js"), "utf8");
const given = JSON.parse(setting);

const FLAGS = [
  "--use-fake-device-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--no-sandbox",
  ...(given.microphone ? ["--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${given.microphone}`] : []),
];
// What is there comes at once; only a machine with much else to do needs so long.
const PATIENCE_MILLISECONDS = 45_000;
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

const expected = [];
const told = { asked: [], complaints: [], serious: [], shots: [] };

async function run(journey) {
  const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS });
  try {
    const result = await journey(browser, given);
    const complaints = told.complaints.filter((one) => !expected.some((start) => one.startsWith(start)));
    console.log(JSON.stringify({ ...told, complaints, ...result }));
  } catch (error) {
    // What the person saw says more than where the script stood.
    const open = browser.contexts().flatMap((context) => context.pages());
    for (const page of open) console.error((await page.locator("body").innerText().catch(String)).slice(-1500));
    console.error(told.complaints.join("\n"));
    throw error;
  } finally {
    await browser.close();
  }
}

/** This journey leads to where a page has something to complain of. */
function expects(start) {
  expected.push(start);
}

/** A page that nobody is signed in to yet. */
async function fresh(browser, options = {}) {
  const context = await browser.newContext({ viewport: WIDE, ...options });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const page = await context.newPage();
  page.on("request", (request) => told.asked.push(request.url()));
  page.on("websocket", (socket) => told.asked.push(socket.url()));
  page.on("pageerror", (error) => told.complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused request is told as an error by the browser itself; what the page does about it is what the tests look at.
    const isOfThePage = !message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && isOfThePage) told.complaints.push(message.text());
  });
  return page;
}

/** A page of somebody who came with an API key. */
async function signedIn(browser, options) {
  const page = await fresh(browser, options);
  await page.goto(given.address);
  await page.getByLabel("API key").fill(given.key);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  return page;
}

/** What axe finds that keeps somebody out, as lines. */
async function judge(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  for (const { id, impact, nodes } of violations) {
    if (impact === "serious" || impact === "critical") told.serious.push(`${name}: ${id}: ${nodes[0].html.slice(0, 200)}`);
  }
}

/** Judged by axe, and its picture kept. */
async function look(page, name) {
  await judge(page, name);
  await keep(page, name);
}

async function keep(page, name) {
  if (given.shots) {
    const file = path.join(given.shots, `${name}.png`);
    await page.screenshot({ path: file });
    told.shots.push(file);
  }
}

module.exports = { run, expects, fresh, signedIn, look, judge, keep, told, WIDE, NARROW };
