import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DARK, LIGHT, MAIN_WORDS, mixed, OTHER_WORDS, shaded, snippet } from "./widget";

const WIDGET = readFileSync(
  join(import.meta.dirname, "../../node_modules/@elevenlabs/convai-widget-core/dist/index.js"),
  "utf8",
);

describe("the lines for a page", () => {
  const place = { origin: "https://voice.example", agentId: "agent_1" };

  it("name the agent and our script, and nobody else", () => {
    expect(snippet({ ...place, needsProof: false })).toBe(
      '<elevenlabs-convai agent-id="agent_1"></elevenlabs-convai>\n<script src="https://voice.example/widget.js" async></script>',
    );
  });

  it("leave the agent's id out where it would be refused", () => {
    expect(snippet({ ...place, needsProof: true })).not.toContain("agent_1");
  });
});

describe("colours", () => {
  it("lie between two others", () => {
    expect(mixed("#000000", "#ffffff", 0.5)).toBe("#808080");
    expect(mixed("red", "#ffffff", 0.5)).toBe("red");
  });

  it("bring all their shades along", () => {
    expect(Object.keys(shaded(LIGHT))).toHaveLength(12);
    expect(shaded(DARK).base_hover).not.toBe(DARK.base);
  });
});

describe("words", () => {
  it("are those of the widget, with what it says by itself", () => {
    const known = [...MAIN_WORDS, ...OTHER_WORDS];
    expect(known.filter(({ key, usual }) => !WIDGET.includes(`\t${key}: ${JSON.stringify(usual)}`))).toEqual(
      [],
    );
    expect(new Set(known.map(({ key }) => key)).size).toBe(50);
  });
});
