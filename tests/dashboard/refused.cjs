// A test call where the browser asks for the microphone and nobody answers, and one where it does not give it: the first
// is given up, the second is said in words, and the chat is offered.

const { run, signedIn } = require("./browser.cjs");

run(async (browser, { address, agent }) => {
  const page = await signedIn(browser, { permissions: [] });
  await page.addInitScript(() => {
    let asked = 0;
    navigator.mediaDevices.getUserMedia = async () => {
      asked += 1;
      if (asked === 1) await new Promise(() => undefined);
      throw new DOMException("Permission denied", "NotAllowedError");
    };
  });
  await page.goto(`${address}/agents/${agent}?try=true`);
  const panel = page.getByRole("complementary", { name: "Test call" });
  const talk = panel.getByRole("list", { name: "What is said" });
  await panel.getByRole("button", { name: "Speak" }).click();
  await panel.getByText("Connecting…").waitFor();
  await panel.getByRole("button", { name: "Hang up" }).click();
  await panel.getByRole("button", { name: "Speak" }).click();
  await panel.getByText("The browser does not let this page use the microphone.").waitFor();
  await panel.getByRole("button", { name: "Chat" }).click();
  await talk.getByText("Hello there, this is the front desk.").waitFor();
  return {};
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
