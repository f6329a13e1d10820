// A diary of what a client met, for Node and for a page: callbacks write, `until` waits for an entry that fits.
// Each kind of entry is read in order: `until` begins after the last one of that kind that it returned.

class Diary {
    constructor() {
        this.entries = [];
        this.read = new Map();
        this.waiting = new Set();
    }

    note(kind, what = null) {
        this.entries.push({ kind, what });
        for (const look of [...this.waiting]) look();
    }

    writer(kind) {
        return (...what) => this.note(kind, what.length > 1 ? what : what[0]);
    }

    until(kind, fits = () => true, seconds = 20) {
        return new Promise((resolve, reject) => {
            const look = () => {
                const number = this.entries.findIndex(
                    (entry, at) => at >= (this.read.get(kind) ?? 0) && entry.kind === kind && fits(entry.what),
                );
                if (number < 0) return;
                this.read.set(kind, number + 1);
                this.waiting.delete(look);
                clearTimeout(alarm);
                resolve(this.entries[number].what);
            };
            const alarm = setTimeout(() => {
                this.waiting.delete(look);
                const told = this.entries.map((entry) => `  ${entry.kind}: ${JSON.stringify(entry.what)}`).join("\n");
                reject(new Error(`no ${kind} that fits within ${seconds} s; the diary says:\n${told}`));
            }, seconds * 1000);
            this.waiting.add(look);
            look();
        });
    }
}

// What both kinds of session note, as options of `Conversation.startSession`.
Diary.prototype.options = function () {
    return {
        onConnect: this.writer("connected"),
        onDisconnect: this.writer("disconnected"),
        onError: (message, context) => this.note("error", { message, context }),
        onMessage: ({ role, message }) => this.note(role, message),
        onModeChange: ({ mode }) => this.note("mode", mode),
        onStatusChange: ({ status }) => this.note("status", status),
        onInterruption: this.writer("interruption"),
        onAgentResponseCorrection: this.writer("correction"),
        onAgentChatResponsePart: this.writer("part"),
        onAgentToolResponse: this.writer("tool_response"),
        onVadScore: this.writer("vad_score"),
        onPing: this.writer("ping"),
        onConversationMetadata: this.writer("metadata"),
        onAudio: (base64) => this.note("audio", base64.length),
        onDebug: this.writer("debug"),
    };
};

if (typeof module !== "undefined") module.exports = { Diary };
