// What goes wrong, and what somebody sees of it: a server that goes away in the middle of a call and between two pages, an
// agent that cannot start, no microphone, and names that are markup.

const assert = require("node:assert/strict");
const { expects, run, signedIn } = require("./browser.cjs");

const panelOf = (page) => page.getByRole("complementary", { name: "Test call" });

async function tries(page, { address }, agent, how) {
  await page.goto(`${address}/agents/${agent}?try=true`);
  await panelOf(page).getByRole("button", { name: how }).click();
  return panelOf(page);
}

async function seesThatTheCallBroke(page, given) {
  let line = null;
  await page.routeWebSocket(/\/v1\/convai\//, (socket) => {
    line = socket;
    socket.connectToServer();
  });
  const panel = await tries(page, given, given.agent, "Chat");
  const talk = panel.getByRole("list", { name: "What is said" });
  await talk.getByText("Hello there, this is the front desk.").waitFor();
  await panel.getByLabel("Write to the agent").fill("Typed, and not yet sent");
  await line.close({ code: 1012 });
  await panel.getByRole("alert").waitFor();
  await panel.getByText("The conversation is over.").waitFor();
  // What was said stays to be read, and another call can begin.
  await talk.getByText("Hello there, this is the front desk.").waitFor();
  await panel.getByRole("button", { name: "Chat" }).click();
  await panel.getByRole("button", { name: "Hang up" }).waitFor();
  assert.equal(await panel.getByLabel("Write to the agent").inputValue(), "Typed, and not yet sent");
  await panel.getByRole("button", { name: "Hang up" }).click();
}

async function seesWhyAnAgentCannotStart(page, given) {
  const panel = await tries(page, given, given.full, "Chat");
  await panel.getByText("that it may have in a day", { exact: false }).waitFor();
}

async function seesThatThereIsNoMicrophone(page, given) {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("Requested device not found", "NotFoundError");
    };
  });
  const panel = await tries(page, given, given.agent, "Speak");
  await panel.getByText(/no microphone/i).waitFor();
  await panel.getByRole("button", { name: "Chat" }).waitFor();
}

async function goesOnWhenTheServerIsBack(page, given) {
  // As a page whose script was never asked for: nothing was loaded ahead yet, and now nothing can be.
  await page.route(/\/assets\/|\/v1\/|\/healthz/, (route) => route.abort());
  await page.getByRole("link", { name: "Conversations" }).first().click();
  await page.getByText("The server does not answer.").first().waitFor();
  assert.ok(await page.getByRole("link", { name: "Home" }).first().isVisible(), "the frame of the page stays");
  await page.unroute(/\/assets\/|\/v1\/|\/healthz/);
  // What was to be loaded ahead just then is complained of in the console, and that is right.
  expects("ServerAway");
  await page.getByRole("heading", { name: "Conversations", level: 1 }).waitFor();
}

async function readsNamesAsTheyAreWritten(page, given) {
  for (const where of ["/", "/agents", "/conversations", `/conversations/${given.conversation}`]) {
    await page.goto(given.address + where);
    await page.getByText("<b>bold</b>", { exact: false }).filter({ visible: true }).first().waitFor();
  }
  await page.getByText("<script>alert(1)</script>", { exact: false }).first().waitFor();
  assert.equal(await page.locator("main b, main script").count(), 0, "nothing of it became markup");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("ليلى");
  await page.getByRole("option", { name: "<b>bold</b>" }).first().waitFor();
}

run(async (browser, given) => {
  const page = await signedIn(browser);
  await goesOnWhenTheServerIsBack(page, given);
  await seesThatTheCallBroke(page, given);
  await seesWhyAnAgentCannotStart(page, given);
  await readsNamesAsTheyAreWritten(page, given);
  await seesThatThereIsNoMicrophone(page, given);
  return {};
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
