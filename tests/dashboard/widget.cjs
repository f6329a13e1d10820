// The widget on a page of another origin, under the policy that the documentation recommends; and its tab in the editor.

const assert = require("node:assert/strict");
const { run, fresh, signedIn, look, judge, keep, told, NARROW } = require("./browser.cjs");

const button = (page, name) => page.getByRole("button", { name, exact: true });
const SPOKEN = "Hello there, this is the front desk.";
const ANSWER = "Vivavoce is an open platform";

// An orb that moves takes, without a graphics card, the time of all the rest.
const STILL = { reducedMotion: "reduce" };

async function opened(browser, address, options) {
  const page = await fresh(browser, { ...STILL, ...options });
  await page.goto(address);
  return page;
}

async function speaks(browser, { site, pages }) {
  const page = await opened(browser, site + pages.voice);
  await page.evaluate(() => {
    globalThis.calls = [];
    document.addEventListener("elevenlabs-convai:call", ({ detail }) => globalThis.calls.push(detail.config));
  });
  await button(page, "Ring the desk").click();
  await page.getByText(SPOKEN).first().waitFor();
  await page.getByText("what is vivavoce", { exact: true }).first().waitFor();
  const [config] = await page.evaluate(() => globalThis.calls);
  assert.match(config.userId, /^[0-9a-f]{32}$/, "a visitor is a number drawn by lot");
  await look(page, "voice");
  await button(page, "End").first().click();
  await page.getByText("You ended the conversation").waitFor();
  await page.context().close();
}

async function writes(browser, { site, pages }) {
  const page = await opened(browser, site + pages.text, { viewport: NARROW });
  await page.getByRole("combobox", { name: "Change language" }).click();
  await page.getByRole("option", { name: "Deutsch" }).click();
  await page.getByText("Brauchen Sie Hilfe?").waitFor();
  await look(page, "closed-phone");
  await button(page, "Message").click();
  await page.getByText("Terms of the house").waitFor();
  await button(page, "Accept").click();
  await page.getByRole("textbox").fill("what is vivavoce");
  await page.keyboard.press("Enter");
  await page.getByText(ANSWER).first().waitFor();
  assert.equal(await page.getByText("what is vivavoce", { exact: true }).count(), 1, "what was written is shown once");
  await look(page, "text-phone");
  await page.context().close();
}

async function isRefused(browser, { site, pages }) {
  for (const [path, words] of [
    [pages.elsewhere, "Add 127.0.0.1"],
    [pages.closed, "get-signed-url"],
  ]) {
    const before = told.complaints.length;
    const page = await fresh(browser, STILL);
    await page.addInitScript(() => {
      document.addEventListener("vivavoce-widget:refused", ({ detail }) => {
        globalThis.refusal = detail;
      });
    });
    await page.goto(site + path);
    await page.getByText("The assistant cannot be shown on this page.").waitFor();
    const { message } = await page.evaluate(() => globalThis.refusal);
    assert.ok(message.includes(words), message);
    const complaints = told.complaints.splice(before);
    assert.equal(complaints.length, 1, complaints.join("\n"));
    assert.ok(complaints[0].includes(message), complaints[0]);
    await look(page, `refused-${path.slice(1)}`);
    await button(page, "Close").click();
    await page.getByText("The assistant cannot be shown on this page.").waitFor({ state: "hidden" });
    await page.context().close();
  }
}

async function comesWithAProof(browser, { site, pages }) {
  const page = await opened(browser, site + pages.signed, { colorScheme: "dark" });
  await page.getByRole("textbox").fill("what is vivavoce");
  await page.keyboard.press("Enter");
  await page.getByText(ANSWER).first().waitFor();
  await look(page, "dark");
  await page.context().close();
}

async function isTriedInTheEditor(browser, { address, agent, picture }) {
  const page = await signedIn(browser, { ...STILL, viewport: { width: 1500, height: 1000 } });
  await page.goto(`${address}/agents/${agent}?tab=widget`);
  await page.getByText(`<script src="${address}/widget.js" async></script>`).waitFor();
  const frame = page.frameLocator("iframe");
  await frame.getByText("Need help?").waitFor();
  await page.getByLabel("Beside the picture").fill("Ask the desk <b>now</b>");
  await frame.getByText("Ask the desk <b>now</b>").waitFor();
  await button(page, "Dark").click();
  await page.getByLabel("Open when the page loads").check();
  await page.getByLabel("Picture", { exact: true }).selectOption("image");
  await page.locator("input[type=file]").setInputFiles(picture);
  await page.getByAltText("The agent as pages show it").waitFor();
  await page.getByText("draft saved").waitFor();
  await frame.getByRole("textbox").fill("what is vivavoce");
  await frame.getByRole("textbox").press("Enter");
  await frame.getByText(ANSWER).first().waitFor();
  await look(page, "editor");
  const [inside] = page.frames().filter((each) => each.url().endsWith("/widget/preview"));
  await judge(inside, "preview");
  await button(page, "Phone").click();
  await button(page, "Dark page").click();
  await keep(page, "editor-phone-preview");
  await page.context().close();
}

run(async (browser, given) => {
  for (const journey of [speaks, writes, comesWithAProof, isRefused, isTriedInTheEditor]) await journey(browser, given);
  return {};
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
