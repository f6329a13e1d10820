// The settings of who thinks, hears and speaks: everybody is seen and can be tried, another one comes out as lines without
// its key; a password and a service account are made.

const assert = require("node:assert/strict");
const { run, signedIn } = require("./browser.cjs");

const KEY = "sk-never-to-be-seen";

async function triesProviders(page, { address }) {
  await page.goto(`${address}/settings/providers`);
  await page.getByRole("button", { name: "Try it: scripted" }).first().click();
  await page.getByText("works", { exact: true }).first().waitFor();
  await page.getByText(/to the first word/).first().waitFor();
  const voices = page.getByRole("region", { name: "Voices" });
  await voices.getByRole("button", { name: "Try it: scripted" }).click();
  await voices.locator("audio").waitFor();
  await page.getByRole("region", { name: "Ears" }).getByRole("button", { name: "Try it: scripted" }).click();
  await page.getByText(/Written down: “what is vivavoce”/).waitFor();
}

async function writesLines(page) {
  await page.getByRole("button", { name: "Choose one…" }).click();
  await page.getByLabel("Its name here").fill("office");
  await page.getByLabel("base_url").fill("http://127.0.0.1:9/v1");
  await page.getByLabel("models").fill("big, small");
  await page.getByLabel("api_key").fill(KEY);
  await page.getByRole("button", { name: "Try it: office" }).click();
  await page.getByText(/in a private network/).waitFor();
  await page.getByRole("button", { name: "Check, and show the lines" }).click();
  const lines = await page.locator("pre", { hasText: "[providers.language.office]" }).innerText();
  assert.match(lines, /kind = "openai_chat"/);
  assert.match(lines, /models = \["big", "small"\]/);
  assert.match(lines, /api_key = "put it here"/);
  assert.ok(!(await page.locator("body").innerText()).includes(KEY), "the key stands nowhere but in its field");
}

async function makesAServiceAccount(page, { address }) {
  await page.goto(`${address}/settings/machines`);
  await page.getByLabel("Name", { exact: true }).fill("nightly import");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "nightly import" }).waitFor();
  await page.getByLabel("New key").last().fill("production");
  await page.getByRole("button", { name: "Make a key" }).last().click();
  await page.getByText("It is shown this once").waitFor();
  await page.getByRole("button", { name: "Disable production" }).click();
  await page.getByText("disabled", { exact: true }).waitFor();
}

async function setsAPassword(page, { address }) {
  await page.goto(`${address}/settings/account`);
  await page.getByLabel("New password", { exact: true }).fill("four words make one");
  await page.getByLabel("New password, again").fill("four words make two");
  await page.getByText("The two are not the same.").waitFor();
  await page.getByLabel("New password, again").fill("four words make one");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByText("Your password is set.").waitFor();
}

async function looksAtTheMachine(page, { address }) {
  await page.goto(`${address}/settings/models`);
  await page.getByText("whisper-base", { exact: true }).waitFor();
  await page.getByText(/are free on the disk/).waitFor();
  await page.goto(`${address}/settings/limits`);
  await page.getByText("as many as it can serve without delay", { exact: true }).waitFor();
}

run(async (browser, given) => {
  const page = await signedIn(browser);
  await triesProviders(page, given);
  await writesLines(page);
  await makesAServiceAccount(page, given);
  await setsAPassword(page, given);
  await looksAtTheMachine(page, given);
  return {};
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
