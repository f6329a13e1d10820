// What somebody does in their first hour: sign in, make an agent, try it, change it, publish it, look at what was said.

const assert = require("node:assert/strict");
const { run, fresh, signedIn } = require("./browser.cjs");

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function signsIn(browser, { address, login }) {
  const page = await fresh(browser);
  await page.goto(`${address}/?login=wrong`);
  await page.getByRole("alert").waitFor();
  await page.goto(`${address}/?login=${login}`);
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.equal(new URL(page.url()).search, "", "the token is spent and leaves the address");
  await page.reload();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await button(page, "Sign out").click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.context().close();
}

async function findsItsWayByKeyboard(page, { address }) {
  await page.goto(`${address}/agents`);
  const opener = button(page, "New agent").first();
  await opener.press("Enter");
  await page.getByRole("dialog", { name: "New agent" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.ok(await opener.evaluate((it) => it === document.activeElement), "a dialog gives the focus back");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to a page or an agent" }).fill("conv");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Conversations", level: 1 }).waitFor();
  await page.goto(new URL("/settings/nothing", page.url()).href);
  await page.getByText("There are no such settings").waitFor();
  await page.goto(`${address}/agents/agent_nobody`);
  await page.getByRole("heading", { name: "There is no such agent", level: 1 }).waitFor();
  await page.goto(`${address}/nothing/here`);
  await page.getByRole("heading", { name: "There is no such page", level: 1 }).waitFor();
}

async function makesAnAgent(page, { address }) {
  await page.goto(`${address}/agents`);
  await button(page, "New agent").first().click();
  await page.getByText("Aristotle, the philosopher").click();
  await page.getByLabel("Name", { exact: true }).fill('Aristotle <img src=x onerror="alert(1)"> ארי 🏛');
  await button(page, "Create").click();
  await page.getByLabel("Prompt", { exact: true }).waitFor();
  assert.match(await page.getByLabel("Prompt", { exact: true }).inputValue(), /walking with students through the Lyceum/);
  await page.getByText("6 of 6 are there.").waitFor();
  return new URL(page.url()).pathname.split("/").at(-1);
}

async function triesTheDraft(page) {
  await page.getByLabel("Model", { exact: true }).selectOption("scripted");
  await page.getByLabel("First message", { exact: true }).fill("Hello from the draft, {{visitor}}.");
  await page.getByText("draft saved").waitFor();
  await button(page, "Try it").click();
  const panel = page.getByRole("complementary", { name: "Test call" });
  const talk = panel.getByRole("list", { name: "What is said" });
  await panel.getByLabel("visitor").fill("Zoë");
  await panel.getByRole("button", { name: "Chat" }).click();
  await talk.getByText("Hello from the draft, Zoë.").waitFor();
  await panel.getByLabel("Write to the agent").fill("what is vivavoce");
  await page.keyboard.press("Enter");
  await talk.getByText("Vivavoce is an open platform").waitFor();
  await panel.getByRole("img", { name: /to the first answer/ }).first().waitFor();
  assert.equal(await talk.getByText("what is vivavoce", { exact: true }).count(), 1, "what was written is shown once");
  await panel.getByRole("button", { name: "Hang up" }).click();
  await panel.getByText("The conversation is over.").waitFor();
  await panel.getByRole("link", { name: "Why it did that" }).click();
  await page.getByText("are decided as they were in the call").waitFor();
  await page.getByRole("link", { name: "Transcript" }).click();
  await page.getByText("Hello from the draft, Zoë.").waitFor();
}

async function keepsItAsATest(page) {
  await button(page, "Keep as a test").click();
  const dialog = page.getByRole("dialog", { name: "Keep as a test" });
  await dialog.getByLabel("Name").fill("a warm welcome");
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("heading", { name: "Kept calls" }).waitFor();
  // Others may have kept calls, too.
  const row = page.getByRole("row").filter({ hasText: "a warm welcome" });
  await row.getByText("in invented words").waitFor();
  await button(page, "Check them all").click();
  await row.getByText("decided alike").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download a warm welcome" }).click();
  assert.equal((await download).suggestedFilename(), "a_warm_welcome.jsonl");
}

async function speaksAnotherLanguage(page, { address }, agent) {
  await page.goto(`${address}/agents/${agent}`);
  await page.getByLabel("Also speaks").selectOption("de");
  await button(page, "Add").click();
  await page.getByLabel("First message in German").fill("Guten Tag, {{visitor}}, hier ist {{desk}}.");
  await page.getByLabel("desk", { exact: true }).fill("der Empfang");
  await page.getByRole("link", { name: "Advanced" }).click();
  await page.getByLabel("Find a setting").fill("time zone");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByText("draft saved").waitFor();
}

async function publishes(page, { address }, agent) {
  await page.goto(`${address}/agents/${agent}`);
  await page.getByText("draft saved").waitFor();
  await button(page, "Publish…").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("conversation_config.agent.first_message").waitFor();
  await dialog.getByText("conversation_config.language_presets.de").first().waitFor();
  await dialog.getByLabel("What changed, and why").fill("A warmer welcome");
  await dialog.getByRole("button", { name: "Publish" }).click();
  await page.getByText("published", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Versions" }).click();
  await page.getByText("A warmer welcome").waitFor();
}

async function isToldOfAnother(browser, given, agent) {
  const [mine, theirs] = [await signedIn(browser), await signedIn(browser)];
  for (const page of [mine, theirs]) await page.goto(`${given.address}/agents/${agent}`);
  await mine.getByLabel("Prompt", { exact: true }).fill("My prompt");
  await mine.getByText("draft saved").waitFor();
  // Drafts are a person's own, and both are the same person here; so the other one publishes by the API.
  await theirs.evaluate(
    async ([path, key]) => {
      const headers = { "xi-api-key": key, "content-type": "application/json" };
      const body = JSON.stringify({ name: "Renamed by another", conversation_config: { turn: { turn_timeout: 9 } } });
      const reply = await fetch(path, { method: "PATCH", headers, body, credentials: "omit" });
      if (!reply.ok) throw new Error(await reply.text());
    },
    [`/v1/convai/agents/${agent}`, given.otherKey],
  );
  await mine.getByText("Somebody published a newer version").waitFor();
  assert.equal(await mine.getByLabel("Prompt", { exact: true }).inputValue(), "My prompt");
  assert.equal(await button(mine, "Publish…").isDisabled(), true);
  await button(mine, "Compare and join…").click();
  let dialog = mine.getByRole("dialog", { name: "Somebody published a newer version" });
  await dialog.getByText("conversation_config.turn.turn_timeout").waitFor();
  await dialog.getByText("You changed other fields, so both can be kept.").waitFor();
  await dialog.getByRole("button", { name: "Go on with this" }).click();
  await mine.getByText("Both are in your draft now.").waitFor();
  assert.equal(await mine.getByLabel("Name", { exact: true }).inputValue(), "Renamed by another");
  assert.equal(await mine.getByLabel("Prompt", { exact: true }).inputValue(), "My prompt");
  await mine.getByText("draft saved").waitFor();

  // The other window still has the draft as it was, and nobody reads it anew: what it writes is not laid over this one's.
  await theirs.reload();
  await theirs.getByText("draft saved").waitFor();
  await mine.getByLabel("Prompt", { exact: true }).fill("My second prompt");
  await mine.getByText("draft saved").waitFor();
  await mine.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("vivavoce.unsaved")));
  await theirs.getByLabel("Prompt", { exact: true }).fill("Their prompt");
  await theirs.getByText("Your draft was changed in another window").waitFor();
  await button(theirs, "Compare and join…").click();
  dialog = theirs.getByRole("dialog", { name: "Your draft was changed in another window" });
  await dialog.getByText("My second prompt").first().waitFor();
  await dialog.getByText("What both of you changed").waitFor();
  await dialog.getByLabel("Theirs").check();
  await dialog.getByRole("button", { name: "Go on with this" }).click();
  await theirs.getByText("draft saved").waitFor();
  assert.equal(await theirs.getByLabel("Prompt", { exact: true }).inputValue(), "My second prompt");
  await mine.context().close();
  await theirs.context().close();
}

async function worksOnABranch(page, { address }, agent) {
  await page.goto(`${address}/agents/${agent}?tab=versions`);
  await button(page, "New branch…").click();
  await page.getByLabel("Name", { exact: true }).last().fill("shorter");
  await page.getByLabel("What it tries").fill("A <b>short</b> greeting");
  await button(page, "Make it").click();
  await page.getByText("on shorter", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Agent", exact: true }).click();
  await page.getByLabel("First message", { exact: true }).fill("Hi.");
  await page.getByText("draft saved").waitFor();
  await button(page, "Publish…").click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByText("published", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Versions", exact: true }).click();

  await page.getByLabel(/^shorter: /).fill("30");
  await page.getByLabel("main: 70 %").waitFor();
  await button(page, "Share them out").click();
  await page.getByText("New calls are shared out like this").waitFor();
  await page.getByText("30 % of the calls").waitFor();

  await page.getByRole("button", { name: "More about the branch shorter" }).click();
  await page.getByRole("button", { name: "Merge into another…" }).click();
  const dialog = page.getByRole("dialog", { name: "Merge shorter" });
  await dialog.getByText("conversation_config.agent.first_message").first().waitFor();
  await dialog.getByRole("button", { name: "Merge", exact: true }).click();
  await page.getByText("shorter is merged.").waitFor();
  await page.getByRole("link", { name: "to main" }).click();
  await page.getByText("on shorter", { exact: true }).waitFor({ state: "detached" });
  await page.getByText("Somebody published a newer version").waitFor();
  await button(page, "Discard").click();
  await page.getByText("published", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Agent", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("textarea")[1]?.value === "Hi.");
  await page.getByRole("link", { name: "Versions", exact: true }).click();

  await page.getByRole("button", { name: /^Compare/ }).first().click();
  const compare = page.getByRole("dialog", { name: /^Version main/ });
  await compare.getByText("conversation_config.agent.first_message").waitFor();
  await compare.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: /^Compare/ }).last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it into the draft" }).click();
  await page.getByText("draft saved").waitFor();
  await button(page, "Undo").click();
  await page.getByText("published", { exact: true }).waitFor();
}

async function losesNothingWhenTheServerGoesAway(page, { address }, agent) {
  await page.goto(`${address}/agents/${agent}`);
  await page.getByLabel("First message", { exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.getByLabel("First message", { exact: true }).fill("Written while nobody answered");
  await page.getByText("The server does not answer.").first().waitFor();
  await page.context().setOffline(false);
  await page.getByText("draft saved").waitFor();
  await page.reload();
  await page.getByLabel("First message", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("First message", { exact: true }).inputValue(), "Written while nobody answered");
  await button(page, "Discard").click();
  await button(page, "Undo").click();
  await page.getByText("draft saved").waitFor();
  assert.equal(await page.getByLabel("First message", { exact: true }).inputValue(), "Written while nobody answered");
  await button(page, "Discard").click();
  await page.getByText("published", { exact: true }).waitFor();
}

async function isAskedInAgainWhenTheSessionEnds(page, { address, key }, agent) {
  await page.goto(`${address}/agents/${agent}`);
  await page.getByLabel("Prompt", { exact: true }).waitFor();
  await page.context().clearCookies();
  await page.getByLabel("Prompt", { exact: true }).fill("Typed after the session had ended");
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.getByLabel("API key").fill(key);
  await dialog.getByRole("button", { name: "Sign in", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Prompt", { exact: true }).inputValue(), "Typed after the session had ended");
  await page.getByText("draft saved").waitFor();
}

async function putsAway(page, { address }) {
  await page.goto(`${address}/agents`);
  await page.getByRole("button", { name: "More about Renamed by another" }).click();
  await page.getByRole("button", { name: "Put away" }).click();
  await page.getByText("Renamed by another is put away.").waitFor();
  await button(page, "Undo").click();
  await page.getByText("Renamed by another is back.").waitFor();
  await page.getByRole("button", { name: "More about Renamed by another" }).click();
  await page.getByRole("button", { name: "Put away" }).click();
  await page.getByRole("link", { name: "Renamed by another" }).waitFor({ state: "detached" });
  await page.getByLabel("Which agents").selectOption("archived");
  await page.getByRole("link", { name: "Renamed by another" }).waitFor();
  assert.match(page.url(), /archived=true/);
}

async function keepsAKey(page, { address }) {
  await page.goto(`${address}/settings/keys`);
  await page.getByLabel("Name", { exact: true }).fill("website");
  await button(page, "Create").click();
  await page.getByText("It is shown this once").waitFor();
  await page.getByRole("button", { name: "Revoke…" }).last().click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("The key is revoked.").waitFor();
}

run(async (browser, given) => {
  await signsIn(browser, given);
  const page = await signedIn(browser);
  await findsItsWayByKeyboard(page, given);
  const agent = await makesAnAgent(page, given);
  await triesTheDraft(page);
  await keepsItAsATest(page);
  await speaksAnotherLanguage(page, given, agent);
  await publishes(page, given, agent);
  await isToldOfAnother(browser, given, agent);
  await worksOnABranch(page, given, agent);
  await losesNothingWhenTheServerGoesAway(page, given, agent);
  await isAskedInAgainWhenTheSessionEnds(page, given, agent);
  await putsAway(page, given);
  await keepsAKey(page, given);
  return { agent };
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
