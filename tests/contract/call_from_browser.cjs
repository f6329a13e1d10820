// A voice call with the official browser client in a headless Chromium whose microphone is a file.
// Arguments: node_modules, Chromium, the page's address, the microphone's file, and the call as JSON.
// Prints the diary of the page and every address that the browser asked for; the test says what they should be.

const path = require("node:path");

const [modules, chromium, pageAddress, microphone, call] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));

const FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-audio-capture=${microphone}`,
    "--autoplay-policy=no-user-gesture-required",
    // Whatever is not this machine does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-sandbox",
];

// This runs in the page.
async function talk({ where, hello, question, tool, useTool, weather, goodbye }) {
    const diary = new Diary();
    let conversation;
    try {
        conversation = await ElevenLabsClient.Conversation.startSession({
            ...where,
            connectionType: "websocket",
            clientTools: {
                [tool]: (parameters) => {
                    diary.note("tool", parameters);
                    return weather;
                },
            },
            ...diary.options(),
        });
    } catch ({ message, closeCode, closeReason }) {
        return { failure: { message, closeCode, closeReason }, entries: diary.entries };
    }
    await diary.until("agent", (text) => text === hello);
    await diary.until("audio");
    await diary.until("mode", (mode) => mode === "speaking");

    // The microphone says something again and again, so it also speaks while the agent does.
    await diary.until("user", (text) => text === question);
    const reply = await diary.until("agent");
    await diary.until("interruption");
    await diary.until("correction", (correction) => correction.original_agent_response === reply);

    conversation.setMicMuted(true);
    conversation.sendUserMessage(useTool);
    await diary.until("tool");
    await diary.until("agent", (text) => text.includes(weather));
    conversation.sendUserMessage(goodbye);
    await diary.until("disconnected");
    return { conversationId: conversation.getId(), entries: diary.entries };
}

(async () => {
    const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true, args: FLAGS });
    const asked = [];
    try {
        const page = await browser.newPage();
        page.on("request", (request) => asked.push(request.url()));
        page.on("websocket", (socket) => asked.push(socket.url()));
        page.on("console", (message) => console.error(`page: ${message.text()}`));
        await page.goto(pageAddress);
        const told = await page.evaluate(talk, JSON.parse(call));
        console.log(JSON.stringify({ ...told, asked }));
    } finally {
        await browser.close();
    }
})().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
