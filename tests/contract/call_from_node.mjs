// A chat with the official browser client in Node, where it has no voice.
// Arguments: node_modules and the chat as JSON. Prints its diary; the test says what should be in it.

import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, chat] = process.argv.slice(2);
const { Diary } = createRequire(import.meta.url)("./diary.js");
const { Conversation } = await import(pathToFileURL(path.join(modules, "@elevenlabs", "client", "dist", "index.js")));
const { where, hello, question, tool, useTool, weather, goodbye } = JSON.parse(chat);

const diary = new Diary();
let conversation;

async function main() {
    conversation = await Conversation.startSession({
        ...where,
        textOnly: true,
        clientTools: {
            [tool]: (parameters) => {
                diary.note("tool", parameters);
                return { weather, ...parameters };
            },
        },
        ...diary.options(),
    });
    await diary.until("agent", (text) => text === hello);
    await diary.until("part", (part) => part.type === "stop");

    conversation.sendUserMessage(question);
    await diary.until("agent");
    await diary.until("part", (part) => part.type === "stop");
    conversation.sendFeedback(true);
    conversation.sendContextualUpdate("The caller looks at the page about shoes.", { contextId: "page" });
    conversation.sendUserActivity();

    // Writing while the agent writes cuts it off.
    conversation.sendUserMessage(question);
    await diary.until("part", (part) => part.type === "delta");
    conversation.sendUserMessage(useTool);
    await diary.until("tool");
    await diary.until("agent", (text) => text.includes(weather));

    conversation.sendUserMessage(goodbye);
    await diary.until("disconnected");
    return conversation.getId();
}

const outcome = await main().then(
    (conversationId) => ({ conversationId }),
    ({ name, message, closeCode, closeReason }) => ({ failure: { name, message, closeCode, closeReason } }),
);
await conversation?.endSession();
console.log(JSON.stringify({ ...outcome, entries: diary.entries }));
