// The widget on a page of another origin, under the policy that the documentation recommends.

const assert = require("node:assert/strict");
const { run, fresh, look, NARROW } = require("./browser.cjs");

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function opened(browser, address, options) {
  const page = await fresh(browser, options);
  await page.goto(address);
  return page;
}

async function speaks(browser, { site, pages }) {
  const page = await opened(browser, site + pages.voice, { permissions: ["microphone"] });
  await page.evaluate(() => {
    globalThis.calls = [];
    document.addEventListener("elevenlabs-convai:call", ({ detail }) => globalThis.calls.push(detail.config));
  });
  await button(page, "Ring the desk").click();
  await page.getByText("Hello there, this is the front desk.").first().waitFor();
  await page.getByText("what is vivavoce", { exact: true }).first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.calls.length), 1);
  await look(page, "widget-voice");
  await button(page, "End").first().click();
  await page.getByText("You ended the conversation").waitFor();
  await page.context().close();
}

async function writes(browser, { site, pages }) {
  const page = await opened(browser, site + pages.text);
  await page.getByRole("textbox").fill("what is vivavoce");
  await page.keyboard.press("Enter");
  await page.getByText("Vivavoce is an open platform").waitFor();
  await look(page, "widget-text");
  await page.context().close();
}

run(async (browser, given) => {
  await speaks(browser, given);
  await writes(browser, given);
  return {};
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
