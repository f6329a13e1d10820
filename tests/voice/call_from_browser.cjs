// A spoken call with the official browser client in a headless Chromium whose microphone is a file with a question.
// Arguments: node_modules, Chromium, the page's address, the microphone's file, and where to call, as JSON.
// Prints the diary of the page, with the agent's audio, and every address that the browser asked for.

const path = require("node:path");

const [modules, chromium, pageAddress, microphone, call] = process.argv.slice(2);
const playwright = require(path.join(modules, "playwright-core"));

const FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-audio-capture=${microphone}%noloop`,
    "--autoplay-policy=no-user-gesture-required",
    // Whatever is not this machine does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-sandbox",
];

// This runs in the page.
async function talk(where) {
    const diary = new Diary();
    let conversation;
    // The client is listening whenever it has no sound left, on a busy machine also in the middle of a reply.
    const hasSpoken = async () => {
        await diary.until("mode", (mode) => mode === "speaking");
        for (let speaks = true; speaks; ) {
            await diary.until("mode", (mode) => mode === "listening", 40);
            speaks = await diary.until("mode", (mode) => mode === "speaking", 2).then(
                () => true,
                () => false,
            );
        }
    };
    try {
        conversation = await ElevenLabsClient.Conversation.startSession({
            ...where,
            connectionType: "websocket",
            ...diary.options(),
            onAudio: (base64) => diary.note("audio", base64),
        });
    } catch ({ message, closeCode, closeReason }) {
        return { failure: { message, closeCode, closeReason }, entries: diary.entries };
    }
    await diary.until("agent");
    await hasSpoken();
    await diary.until("user", () => true, 40);
    diary.note("asked");
    await diary.until("agent");
    await hasSpoken();
    await conversation.endSession();
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
