// A test call by voice: the microphone is a file, the answer is heard, an interruption is shown where it cut.

const { run, signedIn } = require("./browser.cjs");

run(async (browser, { address, agent }) => {
  const page = await signedIn(browser);
  await page.goto(`${address}/agents/${agent}?try=true`);
  const panel = page.getByRole("complementary", { name: "Test call" });
  const talk = panel.getByRole("list", { name: "What is said" });
  await panel.getByRole("button", { name: "Speak" }).click();
  await talk.getByText("Hello there, this is the front desk.").first().waitFor();
  await talk.getByText("what is vivavoce", { exact: true }).first().waitFor();
  await talk.getByText("interrupted here").first().waitFor();
  await panel.getByRole("img", { name: /making the first sound/ }).first().waitFor();
  await panel.getByRole("button", { name: "Mute" }).click();
  await panel.getByRole("button", { name: "Muted" }).waitFor();
  // By key: what is said above it moves it while a pointer is on its way.
  await panel.getByText(/^Events/).press("Enter");
  await panel.getByText("user_transcript", { exact: false }).first().waitFor();
  await panel.getByRole("button", { name: "Hang up" }).click();
  const link = panel.getByRole("link", { name: "Why it did that" });
  const target = await link.getAttribute("href");
  return { conversation: new URL(target, address).pathname.split("/").at(-1) };
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
