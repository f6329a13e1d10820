import { describe, expect, it } from "vitest";
import { ApiError, ServerAway } from "../api/call";
import { obstacleHere, obstacleOf } from "../call/microphone";
import { addressIn, socketOf } from "./address";
import { labelsOf, olderWords } from "./labels";
import { refusalOf } from "./refusals";
import { shownTurns } from "./shown";
import { blocksOfText, termsOf } from "./terms";
import { obstacleInWords, whyNot, whyOver } from "./trouble";
import { ENGLISH, wordsOf } from "./words";

const at = (place: string) => {
  const { pathname, search } = new URL(place, "http://here");
  return addressIn({ pathname, search });
};
const packed = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");

describe("the address of a talk page", () => {
  it("names its agent in the path or in the query", () => {
    expect(at("/talk/agent_1?branch_id=b").agentId).toBe("agent_1");
    expect(at("/app/talk-to?agent_id=agent_1&branch_id=b")).toMatchObject({
      agentId: "agent_1",
      branchId: "b",
    });
    expect(at("/app/talk-to").agentId).toBe("");
    expect(at("/talk/%E0%A4%A").agentId).toBe("%E0%A4%A");
  });

  it("brings variables together and one by one; those by themselves win", () => {
    const vars = encodeURIComponent(packed({ name: "Zoë 🙂", age: 3, deep: { a: 1 }, none: null }));
    const { variables, isUnreadable } = at(`/talk/a?vars=${vars}&var_name=Ada&var_=x`);
    expect(variables).toEqual({ name: "Ada", age: "3", deep: '{"a":1}', none: "" });
    expect(isUnreadable).toBe(false);
  });

  it("takes either alphabet of base64, with its padding or without, also where a plus became a space", () => {
    const value = { q: "??>>~~ÿÿ" };
    const plain = packed(value);
    for (const form of [plain, plain.replace(/=+$/, ""), plain.replaceAll("+", "-").replaceAll("/", "_")]) {
      expect(at(`/talk/a?vars=${form}`).variables).toEqual(value);
    }
  });

  it("says when it could not read them", () => {
    for (const wrong of ["%%%", "bm90IGpzb24", packed([1]), packed("text")]) {
      const { variables, isUnreadable } = at(`/talk/a?vars=${encodeURIComponent(wrong)}&var_x=1`);
      expect(variables).toEqual({ x: "1" });
      expect(isUnreadable).toBe(true);
    }
  });

  it("leads to the socket with everything that says what runs", () => {
    const told = at("/talk/agent_1?branch_id=b&version_id=v&environment=e&token=t%2B&language=de");
    const socket = new URL(socketOf("https://host:1", told));
    expect(socket.protocol).toBe("wss:");
    expect(Object.fromEntries(socket.searchParams)).toEqual({
      agent_id: "agent_1",
      branch_id: "b",
      version_id: "v",
      environment: "e",
      conversation_signature: "t+",
    });
  });
});

describe("terms", () => {
  it("are blocks, and what looks like markup is text", () => {
    const text =
      "#### Terms\n\nBy *clicking* **Accept**\nyou agree to [this](https://a.example/b).\n- <b>one</b>";
    const blocks = blocksOfText(text);
    expect(blocks.map(({ kind }) => kind)).toEqual(["heading", "paragraph", "item"]);
    expect(blocks[1]?.pieces).toContainEqual({ kind: "link", text: "this", to: "https://a.example/b" });
    expect(blocks[1]?.pieces).toContainEqual({ kind: "strong", text: "Accept" });
    expect(blocks[2]?.pieces).toEqual([{ kind: "text", text: "<b>one</b>" }]);
  });

  it("keep the lines of a numbered list", () => {
    expect(blocksOfText("First\n1. one\n2) two\nand more").map(({ pieces }) => pieces[0]?.text)).toEqual([
      "First",
      "1. one",
      "2) two",
    ]);
  });

  it("link to nothing that runs", () => {
    const pieces = blocksOfText("[a](javascript:alert(1)) [b](data:text/html,x)").flatMap(
      (each) => each.pieces,
    );
    expect(pieces.every(({ kind }) => kind === "text")).toBe(true);
  });

  it("are a visitor's own language's, and asked anew when they change", () => {
    const everybody = { terms_text: "Old", terms_key: null };
    const first = termsOf("a", everybody, undefined);
    expect(first?.key).toMatch(/^vivavoce\.terms\.a\./);
    expect(termsOf("a", { terms_text: "New" }, undefined)?.key).not.toBe(first?.key);
    expect(termsOf("a", everybody, { terms_text: "Neu", terms_key: "k" })).toMatchObject({ key: "k" });
    expect(termsOf("a", {}, undefined)).toBeNull();
  });
});

describe("what a visitor sees", () => {
  const turns = [
    {
      key: 1,
      who: "agent" as const,
      text: "[laughs] Of course [sic 2].",
      original: "[laughs] Of course. [sighs] No.",
    },
    { key: 2, who: "tool" as const, text: "look_up" },
    { key: 3, who: "caller" as const, text: "[laughs] me" },
  ];

  it("is what was said, without the agent's tools and how it was told to sound", () => {
    const [agent, caller, ...rest] = shownTurns(turns, {});
    expect(agent).toMatchObject({ text: "Of course [sic 2].", original: "Of course. No." });
    expect(caller?.text).toBe("[laughs] me");
    expect(rest).toEqual([]);
  });

  it("is all of it where the agent's owner wants that", () => {
    expect(shownTurns(turns, { show_agent_status: true, strip_audio_tags: false })).toEqual(turns);
  });
});

describe("the words of the page", () => {
  it("are the agent's own where it has any", () => {
    const older = olderWords({ start_call_text: "Ring", listening_text: "All ears", end_call_text: null });
    expect(labelsOf(ENGLISH, older, { start_call: "Call us" })).toMatchObject({
      start_call: "Call us",
      listening_status: "All ears",
      end_call: ENGLISH.end_call,
    });
    const labels = labelsOf(
      ENGLISH,
      { start_call: "Call us", end_call: "" },
      { start_call: "Anrufen" },
      null,
    );
    expect(labels.start_call).toBe("Anrufen");
    expect(labels.end_call).toBe(ENGLISH.end_call);
  });
});

describe("what stands in the way", () => {
  it("of the microphone is said so that somebody can act on it", () => {
    expect(obstacleOf(new DOMException("", "NotAllowedError"))).toBe("refused");
    expect(obstacleOf(new DOMException("", "NotFoundError"))).toBe("missing");
    expect(obstacleOf(new DOMException("", "NotReadableError"))).toBe("in use");
    expect(obstacleOf(new Error("else"))).toBeNull();
    expect(obstacleHere({ isSecureContext: false, hasDevices: false })).toBe("insecure");
    expect(obstacleHere({ isSecureContext: true, hasDevices: false })).toBe("unsupported");
    expect(obstacleHere({ isSecureContext: true, hasDevices: true })).toBeNull();
    expect(obstacleInWords("missing", ENGLISH, true)).toBe(
      "There is no microphone. Connect one. You can also write.",
    );
  });

  it("is said in the visitor's language, with the server's own words beneath", async () => {
    const german = await wordsOf("de");
    const full = Object.assign(new Error(), { closeReason: "It has had all its calls.", closeCode: 1002 });
    expect(whyNot(full, ENGLISH, "en", true)).toEqual({ text: "It has had all its calls.", detail: null });
    expect(whyNot(full, german, "de", true)).toEqual({
      text: german.taken,
      detail: "It has had all its calls.",
    });
    expect(whyNot(new DOMException("", "NotFoundError"), german, "de", false)).toEqual({
      text: german.microphone_missing,
      detail: null,
    });
    expect(whyOver(null, german, "de")).toEqual({ text: german.broken_off, detail: null });
    expect(whyOver("It was stopped.", german, "de").detail).toBe("It was stopped.");
  });

  it("of the agent is said to a visitor, who made neither it nor the address", () => {
    const refused = (status: number, code: string) =>
      refusalOf(new ApiError(status, "m", [], null, code), ENGLISH);
    expect(refused(404, "agent_archived").title).toContain("no calls any more");
    expect(refused(401, "needs_signature").mayHelpToTryAgain).toBe(false);
    expect(refused(500, "whatever").text).toBe("m");
    expect(refusalOf(new ServerAway(), ENGLISH).mayHelpToTryAgain).toBe(true);
  });
});
