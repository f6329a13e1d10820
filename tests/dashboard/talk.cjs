// What visitors meet on a talk page: terms, languages, the microphone, a call by voice and one in writing, and everything
// that can stand in the way.

const assert = require("node:assert/strict");
const net = require("node:net");
const { run, fresh, signedIn, look, keep, told, WIDE, NARROW } = require("./browser.cjs");

const button = (page, name) => page.getByRole("button", { name, exact: true });
const says = (page, text) => page.getByText(text).first().waitFor();
const HELLO = "Hello there, Zoë.";

const LOOKS = [
  { name: "light", options: { viewport: WIDE, colorScheme: "light" } },
  { name: "dark", options: { viewport: WIDE, colorScheme: "dark" } },
  { name: "phone", options: { viewport: NARROW, colorScheme: "light" } },
];

/** From the first look at the page to the thanks for an opinion, in every look. */
async function writes(browser, { address, agent }, { name, options }, shots) {
  const page = await fresh(browser, options);
  const shoot = async (title) => {
    // On a phone it is the same page in the same colours: only its shape is another.
    await (name === "phone" ? keep : look)(page, `${title}-${name}`);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overhang > 0) shots.sidewise.push(`${title}-${name}: ${overhang} px`);
  };
  await page.goto(`${address}/app/talk-to?agent_id=${agent}`);
  await says(page, "Ask whatever you like");
  await says(page, "<b onclick=x>bold</b>");
  assert.equal(await button(page, "Write").count(), 0, "nothing begins before the terms are accepted");
  await shoot("terms");
  await button(page, "No, thank you").click();
  await says(page, "Nothing was sent");
  await button(page, "Read them again").click();
  await button(page, "Accept").click();
  await button(page, "Write").waitFor();
  await page.reload();
  await button(page, "Write").waitFor();

  await page.getByLabel("Language").selectOption("de");
  await button(page, "Schreiben").click();
  // The page speaks the language that is chosen, and the agent's own words go before the page's.
  await says(page, "Das braucht der Agent, bevor er beginnen kann.");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.getByLabel("visitor").fill("Zoë");
  await shoot("welcome");
  await page.keyboard.press("Tab");
  await button(page, "Schreiben").focus();
  await page.keyboard.press("Enter");
  const said = page.getByRole("list", { name: "Was gesagt wird" });
  await said.getByText("Guten Tag, Zoë.").waitFor();
  await page.getByLabel("Dem Agenten schreiben").fill("what is vivavoce");
  await page.keyboard.press("Enter");
  await said.getByText("Vivavoce is an open platform").waitFor();
  await shoot("call");
  await button(page, "Beenden").click();
  await says(page, "Sie haben das Gespräch beendet.");
  await page.getByRole("radio", { name: "4 von 5, gut" }).check();
  await page.getByLabel("Erzählen Sie uns mehr, wenn Sie mögen.").fill("Kind 🙂");
  await shoot("over");
  await button(page, "Absenden").click();
  await says(page, "Vielen Dank.");
  const id = await page.locator(".mono").innerText();
  await button(page, "Neu beginnen").click();
  await button(page, "Schreiben").waitFor();
  await page.context().close();
  return id;
}

/** By voice: the microphone is tried, heard, muted; what is in the address is filled in. */
async function speaks(browser, { address, agent }) {
  const page = await fresh(browser);
  const vars = Buffer.from(JSON.stringify({ visitor: "Zoë" })).toString("base64");
  await page.goto(`${address}/talk/${agent}?vars=${encodeURIComponent(vars)}`);
  await button(page, "Accept").click();
  assert.equal(await page.getByLabel("visitor").count(), 0, "what the address says is not asked");
  await button(page, "Check the microphone").click();
  await says(page, "Your microphone works.");
  await look(page, "microphone");
  await button(page, "Talk").click();
  const said = page.getByRole("list", { name: "What is said" });
  await said.getByText(HELLO).first().waitFor();
  await said.getByText("what is vivavoce", { exact: true }).first().waitFor();
  await button(page, "Mute").click();
  await page.getByRole("button", { name: "Mute", pressed: true }).waitFor();
  await look(page, "spoken");
  await button(page, "End").click();
  await says(page, "You ended the conversation.");
  const id = await page.locator(".mono").innerText();
  await page.context().close();
  return id;
}

const OBSTACLES = {
  NotAllowedError: "The browser does not let this page use the microphone.",
  NotFoundError: "There is no microphone.",
  NotReadableError: "The microphone is in use by another program.",
};

/** Without a microphone: said in words, at the check and at the call; and writing is offered where the agent allows it. */
async function isHeardByNobody(browser, { address, agent, plain }) {
  const page = await fresh(browser);
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("no", localStorage.getItem("obstacle"));
    };
  });
  await page.goto(`${address}/talk/${agent}?var_visitor=Zo%C3%AB`);
  await button(page, "Accept").click();
  for (const [name, words] of Object.entries(OBSTACLES)) {
    await page.evaluate((value) => localStorage.setItem("obstacle", value), name);
    await button(page, "Check the microphone").click();
    await says(page, words);
    await says(page, "You can also write.");
  }
  await page.evaluate(() => localStorage.setItem("obstacle", "NotAllowedError"));
  await page.reload();
  await button(page, "Talk").click();
  await says(page, OBSTACLES.NotAllowedError);
  await look(page, "refused-microphone");
  await button(page, "Write").click();
  await says(page, HELLO);

  await page.goto(`${address}/talk/${plain}`);
  for (const words of ["Loose words", "The rules", "Be kind", "See this"]) await says(page, words);
  assert.equal(await page.getByRole("region", { name: "Terms" }).getByRole("link").count(), 0, "it would run something");
  assert.notEqual(await page.title(), "taken over");
  await button(page, "Accept").click();
  assert.equal(await button(page, "Write").count(), 0, "this agent is not for writing");
  await button(page, "Talk").click();
  await page.getByText(/does not let this page use the microphone.*settings of your system\.$/).waitFor();
  await page.context().close();

  const insecure = await fresh(browser);
  await insecure.addInitScript(() => {
    Object.defineProperty(navigator, "mediaDevices", { get: () => undefined });
    Object.defineProperty(window, "isSecureContext", { get: () => false });
  });
  await insecure.goto(`${address}/talk/${plain}`);
  await button(insecure, "Accept").click();
  await button(insecure, "Talk").click();
  await says(insecure, "Browsers give the microphone only to pages that come over https.");
  await insecure.context().close();
}

/** A visitor whose browser speaks Arabic: the page does too, from the right, also where nobody is to talk to. */
async function readsFromTheRight(browser, { address, agent, archived }) {
  const page = await fresh(browser, { viewport: NARROW, locale: "ar-EG" });
  await page.goto(`${address}/talk/${archived}`);
  await page.getByRole("heading", { name: "لم يعد هذا الوكيل يستقبل المكالمات" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
  await look(page, "right-to-left");
  // This agent speaks no Arabic, and so the page speaks as the agent does.
  await page.goto(`${address}/talk/${agent}`);
  await button(page, "Accept").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), "ltr");
  await page.context().close();
}

/** Nobody to talk to here: why, and what to do. */
async function isRefused(browser, { address, archived, shut, elsewhere }) {
  const page = await fresh(browser);
  for (const [place, words] of [
    ["/talk/agent_nobody", "There is no such agent"],
    ["/app/talk-to", "There is no such agent"],
    [`/talk/${archived}`, "This agent takes no calls any more"],
    [`/talk/${shut}?token=wrong`, "This link is not valid"],
    [`/talk/${elsewhere}`, "This agent can only be used on its own pages"],
    [`/talk/${shut}`, "This agent is not open to everybody"],
  ]) {
    await page.goto(address + place);
    await page.getByRole("heading", { name: words }).waitFor();
  }
  await look(page, "closed");
  await page.context().close();
}

/** The owner of a closed agent makes a key for its link; a stranger who has the link talks. */
async function isShared(browser, { address, locked }) {
  const owner = await signedIn(browser);
  await owner.goto(`${address}/agents/${locked}`);
  await button(owner, "Talk page").click();
  const dialog = owner.getByRole("dialog", { name: "Talk page" });
  await dialog.getByText("This agent lets in only who has a key").waitFor();
  await button(dialog, "Make a key for the link").click();
  await dialog.getByText("Publish, and the link works.").waitFor();
  await look(owner, "talk-link");
  const link = await dialog.getByRole("link", { name: "Open it" }).getAttribute("href");
  await button(dialog, "Done").click();
  await owner.getByText("draft saved").waitFor();
  await button(owner, "Publish…").click();
  await button(owner.getByRole("dialog"), "Publish").click();
  await owner.getByText("published", { exact: true }).waitFor();
  await owner.context().close();

  const stranger = await fresh(browser);
  await stranger.goto(link);
  await button(stranger, "Write").click();
  await says(stranger, "Hello there, this is the front desk.");
  await button(stranger, "good").click();
  assert.equal(await button(stranger, "good").count(), 0, "asked once for each answer");
  await button(stranger, "End").click();
  const id = await stranger.locator(".mono").innerText();
  await stranger.context().close();
  return id;
}

/** A way to the server that can be cut. */
async function wire(address) {
  const { hostname, port } = new URL(address);
  const open = new Set();
  const server = net.createServer((socket) => {
    const onward = net.connect(Number(port), hostname);
    for (const end of [socket, onward]) {
      open.add(end);
      end.on("error", () => undefined).on("close", () => [socket, onward].forEach((each) => each.destroy()));
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const cut = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { address: `http://127.0.0.1:${server.address().port}`, cut };
}

/** The server goes away in mid-call: what was said stays, and so do the words for what happened. */
async function isCutOff(browser, { address, agent }) {
  const page = await fresh(browser);
  const line = await wire(address);
  try {
    await page.goto(`${line.address}/talk/${agent}?var_visitor=Zo%C3%AB`);
    await button(page, "Accept").click();
    await button(page, "Write").click();
    await says(page, HELLO);
    line.cut();
    await says(page, "The connection broke off: the server or the network went away.");
    await says(page, HELLO);
    await look(page, "cut-off");
    await button(page, "Begin again").click();
    await button(page, "Write").click();
    await says(page, "The server does not answer. Try again in a moment.");
    await page.reload().catch(() => undefined);
  } finally {
    line.cut();
    await page.context().close();
  }
  told.asked = told.asked.map((each) => each.replace(new URL(line.address).host, new URL(address).host));
  told.complaints = told.complaints.filter((each) => !each.includes(new URL(line.address).host));
}

async function inEveryLook(browser, given) {
  const found = { sidewise: [] };
  const [written] = await Promise.all(LOOKS.map((one) => writes(browser, given, one, found)));
  return { ...found, written };
}

async function inSpiteOfEverything(browser, given) {
  const [spoken, shared] = await Promise.all([speaks(browser, given), isShared(browser, given)]);
  await Promise.all([
    isHeardByNobody(browser, given),
    isRefused(browser, given),
    isCutOff(browser, given),
    readsFromTheRight(browser, given),
  ]);
  return { spoken, shared };
}

run((browser, given) => (given.part === "looks" ? inEveryLook : inSpiteOfEverything)(browser, given)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
