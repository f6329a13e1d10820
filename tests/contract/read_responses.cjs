// The second oracle: reads responses with the official JavaScript SDK's own schemas, exactly as its clients do.
//
// Which schema belongs to which operation is read from the SDK's clients: each method ends by naming its HTTP method and
// path, and on the way says `data: serializers.X.parseOrThrow(...)`.
//
// In: one JSON object per line, {method, path, body}. Out: one line for each, {known, problems}.

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const root = path.join(process.argv[2], "@elevenlabs", "elevenlabs-js");
const serializers = require(path.join(root, "serialization"));

const OPTIONS = {
    unrecognizedObjectKeys: "passthrough",
    allowUnrecognizedUnionMembers: true,
    allowUnrecognizedEnumValues: true,
    breadcrumbsPrefix: ["response"],
};

const ENDING = /handleNonStatusCodeError\)\(_response\.error, _response\.rawResponse, "([A-Z]+)", "([^"]+)"\)/g;
const READING = /data: serializers\.([\w.]+)\.parseOrThrow\(_response\.body/g;

function* clients(folder) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const inner = path.join(folder, entry.name);
        if (entry.isDirectory()) yield* clients(inner);
        else if (entry.name === "Client.js") yield inner;
    }
}

const key = (method, template) => method + " " + template.replace(/\{[^}]*\}/g, "{}").replace(/:\w+/g, "{}");

const readers = new Map();
for (const file of clients(path.join(root, "api"))) {
    const source = fs.readFileSync(file, "utf8");
    let start = 0;
    for (const ending of source.matchAll(ENDING)) {
        const readings = [...source.slice(start, ending.index).matchAll(READING)];
        readers.set(key(ending[1], ending[2]), readings.length ? readings.at(-1)[1] : null);
        start = ending.index;
    }
}

function problemsOf(reader, body) {
    const schema = reader.split(".").reduce((space, name) => space[name], serializers);
    try {
        schema.parseOrThrow(body, OPTIONS);
        return [];
    } catch (error) {
        return error.errors ? error.errors.map((each) => `${each.path.join(".")}: ${each.message}`) : [String(error)];
    }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const { method, path: template, body } = JSON.parse(line);
    const known = readers.has(key(method, template));
    const reader = readers.get(key(method, template));
    process.stdout.write(JSON.stringify({ known, problems: reader ? problemsOf(reader, body) : [] }) + "\n");
});
