// An example's page in a headless Chromium whose microphone is a file: talks, is answered, is muted, writes, hangs up.
// Arguments: node_modules, Chromium, the page's address, the microphone's file, and what is said as JSON.

const path = require("node:path");

const [modules, chromium, address, microphone, given] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));
const { hello, question } = JSON.parse(given);

const FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-audio-capture=${microphone}`,
    "--autoplay-policy=no-user-gesture-required",
    // Whatever is not this machine does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-sandbox",
];

(async () => {
    const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS });
    const told = { asked: [], complaints: [], texts: [] };
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    page.on("request", (request) => told.asked.push(request.url()));
    page.on("websocket", (socket) => told.asked.push(socket.url()));
    page.on("pageerror", (error) => told.complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && told.complaints.push(message.text()));
    page.on("response", async (reply) => told.texts.push(await reply.text().catch(() => "")));
    try {
        await page.goto(address);
        const button = (name) => page.getByRole("button", { name, exact: true });
        const said = page.getByRole("list", { name: "What is said" });
        await button("Talk").click();
        await said.getByText(hello.slice(0, 5)).first().waitFor();
        await said.getByText(question, { exact: false }).first().waitFor();
        await button("Mute").click();
        await page.getByRole("button", { name: "Mute", pressed: true }).waitFor();
        await page.getByLabel("Write to the agent").fill("Written by hand");
        await button("Send").click();
        await said.getByText("Written by hand").first().waitFor();
        await button("End").click();
        await button("Talk").waitFor();
        console.log(JSON.stringify(told));
    } catch (error) {
        console.error(await page.locator("body").innerText().catch(String));
        console.error(told.complaints.join("\n"));
        throw error;
    } finally {
        await browser.close();
    }
})().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
