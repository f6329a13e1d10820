// What the browser does and measures. Every figure is taken inside the page, by its own clock; nothing of the way between
// this script and the browser is in it. The last line of the output is the result as JSON.

const path = require("node:path");

const [modules, chromium, setting] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));
const { address, key, agent, long, rounds, scrollSeconds } = JSON.parse(setting);

const WIDE = { width: 1280, height: 860 };
const LONG_TASK_MILLISECONDS = 50;
const QUIET_MILLISECONDS = 400;
const PIXELS_A_SECOND = 6_000;

// An empty page, where a click writes a line; and one that is as tall as a long list.
const FLOOR = `<!doctype html><html lang="en"><title>Floor</title><body><h1 class="figures"><b class="number">1</b></h1>
  <a href="#there" onclick="const line = document.createElement('p'); line.id = 'there'; document.body.append(line)">Go</a>`;
const TALL = `${FLOOR}<div style="height:2000000px;background:repeating-linear-gradient(#fff 0 67px,#ddd 67px 68px)"></div>`;
const FLOORS = { "/floor": FLOOR, "/tall": TALL };

// What a page is known to be there by: a selector, and the words in it.
const PAGES = [
  { name: "floor", from: "/floor", link: "#there", seen: "#there" },
  { name: "agents", from: "/", link: "/agents", seen: ".agent-card" },
  { name: "an agent", from: "/agents", link: `/agents/${agent}`, seen: "textarea" },
  { name: "conversations, 100,000 of them", from: "/", link: "/conversations", seen: ".calls .call" },
  { name: "a conversation of 2,000 turns", from: "/conversations", link: `/conversations/${long}`, seen: ".turn:nth-child(5)" },
  { name: "settings", from: "/", link: "/settings", seen: ".sections + div h2" },
  { name: "providers", from: "/settings/keys", link: "/settings/providers", seen: ".seat" },
  { name: "local models", from: "/settings/keys", link: "/settings/models", seen: ".locals > li" },
  { name: "home", from: "/agents", link: "/", seen: ".figures .number" },
];
const median = (values) => values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];
const worst = (values) => Math.max(...values);
const rounded = (value) => Math.round(value * 10) / 10;

/** Notes long tasks from the beginning, and when something is first there and painted. */
function watch() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) globalThis.longTasks.push([each.startTime, each.duration]);
  }).observe({ type: "longtask", buffered: true });
  globalThis.whenThere = (selector, begun) =>
    new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(selector)) requestAnimationFrame(() => resolve(performance.now() - begun));
        else requestAnimationFrame(look);
      };
      look();
    });
}

async function signedIn(browser) {
  const context = await browser.newContext({ viewport: WIDE });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

async function fresh(browser, state, where) {
  const context = await browser.newContext({ viewport: WIDE, storageState: state });
  await context.addInitScript(watch);
  const page = await context.newPage();
  // For the floor alone: with a route, each request of the page would go by way of this script.
  const body = FLOORS[where];
  if (body) await page.route(`**${where}`, (route) => route.fulfill({ contentType: "text/html", body }));
  return page;
}

/** From the beginning of a navigation with an empty cache until what is asked for is painted and the page is quiet. */
async function load(browser, state, { where, seen }) {
  const page = await fresh(browser, state, where);
  await page.goto(address + where, { waitUntil: "commit" });
  const figures = await page.evaluate(
    async ([selector, quiet]) => {
      const shown = await globalThis.whenThere(selector, 0);
      await new Promise((resolve) => setTimeout(resolve, quiet));
      const busyUntil = Math.max(0, ...globalThis.longTasks.map(([start, length]) => start + length));
      const scripts = performance.getEntriesByType("resource").filter((each) => each.name.endsWith(".js"));
      const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? shown;
      return {
        painted,
        interactive: Math.max(shown, busyUntil),
        scriptBytes: scripts.reduce((sum, each) => sum + each.encodedBodySize, 0),
      };
    },
    [seen, QUIET_MILLISECONDS],
  );
  await page.context().close();
  return figures;
}

/** From the click on a link until the page it leads to is painted. Its script was never asked for before. */
async function visit(browser, state, { from, link, seen }) {
  const page = await fresh(browser, state, from);
  await page.goto(address + from);
  await page.locator(`a[href="${link}"]`).first().waitFor();
  await page.waitForTimeout(QUIET_MILLISECONDS);
  const before = await processorMilliseconds(page);
  const took = await page.evaluate(
    ([href, selector]) => {
      const begun = performance.now();
      document.querySelector(`a[href="${href}"]`).click();
      return globalThis.whenThere(selector, begun);
    },
    [link, seen],
  );
  const used = (await processorMilliseconds(page)) - before;
  await page.context().close();
  return { took, used };
}

const watching = new WeakMap();

/** What the page's main thread has used of the processor: as steady a figure as a busy machine allows. */
async function processorMilliseconds(page) {
  if (!watching.has(page)) {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    watching.set(page, session);
  }
  const { metrics } = await watching.get(page).send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

/** Scrolls at one speed for some seconds; what became of the frames meanwhile. */
async function scrolled(page) {
  return page.evaluate(
    async ([seconds, speed, longest]) => {
      globalThis.longTasks.length = 0;
      const began = performance.now();
      const times = [];
      await new Promise((resolve) => {
        let last = began;
        const frame = (now) => {
          times.push(now);
          window.scrollBy(0, (speed * Math.max(0, now - last)) / 1000);
          last = now;
          if (now - began < seconds * 1000) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      const gaps = times.slice(1).map((time, index) => time - times[index]);
      const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round((gap * 60) / 1000) - 1), 0);
      const tasks = globalThis.longTasks.filter(([start, length]) => start >= began && length > longest);
      return {
        frames: gaps.length,
        dropped_percent: (100 * dropped) / (gaps.length + dropped),
        longest_gap_ms: Math.max(...gaps),
        long_tasks: tasks.length,
        longest_task_ms: Math.max(0, ...tasks.map(([, length]) => length)),
        pixels: window.scrollY,
      };
    },
    [scrollSeconds, PIXELS_A_SECOND, LONG_TASK_MILLISECONDS],
  );
}

async function scroll(browser, state, where, seen) {
  const page = await fresh(browser, state, where);
  await page.goto(address + where);
  await page.locator(seen).first().waitFor();
  await page.waitForTimeout(2 * QUIET_MILLISECONDS);
  const found = await scrolled(page);
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  await page.context().close();
  return { ...found, nodes };
}

/** Whether the last turn can be found and read by whatever reads a page, however far down it is. */
async function whole(browser, state) {
  const where = `/conversations/${long}`;
  const page = await fresh(browser, state, where);
  await page.goto(address + where);
  const last = page.getByText("1999:", { exact: false }).first();
  await last.waitFor({ state: "attached" });
  const turns = await page.locator(".turn").count();
  const found = await page.evaluate(() => window.find("1999:"));
  await page.context().close();
  return { turns, found };
}

function spread(rows) {
  const names = Object.keys(rows[0]);
  return Object.fromEntries(
    names.map((name) => [name, { p50: rounded(median(rows.map((row) => row[name]))), worst: rounded(worst(rows.map((row) => row[name]))) }]),
  );
}

async function main() {
  const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: ["--no-sandbox"] });
  try {
    const state = await signedIn(browser);
    const first = { floor: [], ours: [], talk: [] };
    const pages = Object.fromEntries(PAGES.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      first.floor.push(await load(browser, state, { where: "/floor", seen: ".figures .number" }));
      first.ours.push(await load(browser, state, { where: "/", seen: ".figures .number" }));
      first.talk.push(await load(browser, undefined, { where: `/talk/${agent}`, seen: ".begin button" }));
      for (const each of PAGES) pages[each.name].push(await visit(browser, state, each));
    }
    const scrolls = {};
    for (const [name, where, seen] of [
      ["floor", "/tall", "h1"],
      ["conversations, 100,000 of them", "/conversations", ".calls .call"],
      ["a conversation of 2,000 turns", `/conversations/${long}`, ".turn"],
      ["floor again", "/tall", "h1"],
    ]) {
      scrolls[name] = await scroll(browser, state, where, seen);
    }
    const result = {
      browser: browser.version(),
      first_load_ms: Object.fromEntries(Object.entries(first).map(([name, rows]) => [name, spread(rows)])),
      pages_ms: Object.fromEntries(
        Object.entries(pages).map(([name, rows]) => {
          const times = rows.map(({ took }) => took);
          const used = rounded(median(rows.map((row) => row.used)));
          return [name, { p50: rounded(median(times)), worst: rounded(worst(times)), processor_p50: used }];
        }),
      ),
      scrolls: Object.fromEntries(
        Object.entries(scrolls).map(([name, row]) => [
          name,
          Object.fromEntries(Object.entries(row).map(([figure, value]) => [figure, rounded(value)])),
        ]),
      ),
      whole: await whole(browser, state),
    };
    console.log(JSON.stringify(result));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
