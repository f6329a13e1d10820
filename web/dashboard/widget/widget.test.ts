import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { OLDER_TEXTS, settled } from "./attributes";
import { CHANGED, type Change, changed, strangersIn } from "./build/changes";
import { greyAt, noisePng } from "./build/noise";
import { isEcho } from "./echoes";
import { originOf } from "./origins";
import { remedyFor } from "./refusals";

const PAGE = "https://shop.example/cart";
const WIDGET = "@elevenlabs/convai-widget-core/dist/index.js";
const published = readFileSync(join(import.meta.dirname, "../node_modules", WIDGET), "utf8");

describe("the server of a script", () => {
  const tag = (src: string, server?: string) => ({ src, dataset: server ? { server } : {} });

  it("is where it came from", () => {
    expect(originOf(tag("https://voice.example:8443/a/widget.js?x"), PAGE)).toBe(
      "https://voice.example:8443",
    );
  });

  it("is the one that its tag names", () => {
    expect(originOf(tag("https://cdn.example/widget.js", "https://voice.example/"), PAGE)).toBe(
      "https://voice.example",
    );
  });

  it("is the page's where nothing says otherwise", () => {
    expect(originOf(null, PAGE)).toBe("https://shop.example");
    expect(originOf(tag(""), PAGE)).toBe("https://shop.example");
  });
});

describe("attributes", () => {
  const texts = (given: Record<string, string>) => JSON.parse(settled(given, {})["text-contents"] ?? "{}");

  it("of older pages are understood", () => {
    const older = { "action-text": "Ask us", "start-call-text": "Ring" };
    expect(texts(older)).toEqual({ main_label: "Ask us", start_call: "Ring" });
  });

  it("of today count where both are there", () => {
    const both = {
      "start-call-text": "Ring",
      "end-call-text": "Bye",
      "text-contents": '{"start_call": "Call"}',
    };
    expect(texts(both)).toEqual({ start_call: "Call", end_call: "Bye" });
  });

  it("leave what is usual where a page says nothing", () => {
    const usual = { "worklet-path-libsamplerate": "ours" };
    expect(settled({}, usual)).toMatchObject(usual);
    const theirs = { "worklet-path-libsamplerate": "theirs" };
    expect(settled(theirs, usual)).toMatchObject(theirs);
  });

  it("with a signed address do not name the agent", () => {
    const both = { "agent-id": "agent_1", "signed-url": "wss://voice.example/?agent_id=agent_1" };
    expect(settled(both, {})["agent-id"]).toBeUndefined();
  });

  it("are in the documentation, all of them", () => {
    const list = /PURE__ \*\/ "(variant\.[a-z0-9.-]+)"\.split/.exec(published)?.[1]?.split(".") ?? [];
    const page = readFileSync(join(import.meta.dirname, "../../../docs/reference/widget.md"), "utf8");
    expect(list.length).toBeGreaterThan(40);
    expect([...list, ...Object.keys(OLDER_TEXTS)].filter((name) => !page.includes(`\`${name}\``))).toEqual(
      [],
    );
  });
});

describe("what a visitor wrote", () => {
  const written = { role: "user", message: "yes", isText: true };

  it("is not shown again when the server repeats it, but when it is said again", () => {
    const transcript = [{ ...written }];
    expect(isEcho(transcript, "user", "yes")).toBe(true);
    expect(isEcho(transcript, "user", "yes")).toBe(false);
  });

  it("has nothing to do with what others say", () => {
    expect(isEcho([{ ...written }], "agent", "yes")).toBe(false);
    expect(isEcho([{ ...written, isText: false }], "user", "yes")).toBe(false);
  });
});

describe("changes of the published widget", () => {
  const change = (times: number): Change => ({ why: "to be ours", find: "theirs", put: "ours", times });
  const file = (times: number) => ({ file: "a.js", imports: "import x;", changes: [change(times)] });

  it("are made as often as they should be", () => {
    expect(changed("theirs, theirs", file(2))).toBe("import x;\nours, ours");
  });

  it("say which of them does not fit", () => {
    expect(() => changed("theirs", file(2))).toThrow(
      /in a\.js there should be 2 of theirs, and there are 1 \(to be ours\)/,
    );
    expect(() => changed("", file(1))).toThrow(/there are 0/);
  });

  it("fit the published one, and a new origin in it would not", () => {
    const core = CHANGED.find(({ file: name }) => name === WIDGET);
    if (!core) throw new Error("The widget is not among the changed files.");
    expect(changed(published, core)).not.toContain("elevenlabs.io");
    expect(() => changed(`${published}"https://api.new.elevenlabs.io"`, core)).toThrow(
      /should be 4 .* there are 5/,
    );
  });

  it("leave nobody else's address", () => {
    expect(strangersIn('fetch("https://cdn.example/x.js"); new WebSocket(`wss://api.example`)')).toEqual([
      "https://cdn.example/x.js",
      "wss://api.example",
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a template
    expect(strangersIn('"http://www.w3.org/2000/svg" + `https://www.${host}`')).toEqual([]);
  });
});

describe("the orb's texture", () => {
  it("is a grey picture whose edges fit together", () => {
    const png = noisePng();
    const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
    expect([png.readUInt32BE(16), png.readUInt32BE(20), rows.length]).toEqual([256, 256, 256 * 257]);
    const steps = [...Array(256).keys()].map((y) => Math.abs(greyAt(255, y) - greyAt(0, y)));
    expect(Math.max(...steps)).toBeLessThan(40);
  });

  it("is neither black nor white", () => {
    const greys = [...Array(256).keys()].map((x) => greyAt(x, (x * 7) % 256));
    expect(Math.max(...greys) - Math.min(...greys)).toBeGreaterThan(60);
  });
});

describe("a refusal", () => {
  it("says what to do about it", () => {
    expect(remedyFor("origin_not_allowed", "agent_1", "shop.example")).toContain("Add shop.example to");
    expect(remedyFor("needs_signature", "agent_1", "shop.example")).toContain(
      "get-signed-url?agent_id=agent_1",
    );
    expect(remedyFor("something_new", "agent_1", "shop.example")).toBe("");
  });
});
