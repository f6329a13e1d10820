import { expect, test } from "vitest";
import { changesBetween, type Doc, linesBetween, patched, patchOf, withValue } from "./patch";

const DOC: Doc = {
  name: "Ada",
  tags: ["a"],
  config: { agent: { language: "en", prompt: { llm: "x", tools: [] } } },
};

test("a change sends only what changed", () => {
  const changed = withValue(DOC, ["config", "agent", "prompt", "llm"], "y");
  expect(patchOf(DOC, changed)).toEqual({ config: { agent: { prompt: { llm: "y" } } } });
  expect(patchOf(DOC, DOC)).toEqual({});
});

test("a patch makes of the one document the other", () => {
  const after: Doc = {
    name: "Ida",
    tags: [],
    config: { agent: { prompt: { llm: "x", tools: ["t"] }, extra: null } },
  };
  const { config, ...rest } = patched(DOC, patchOf(DOC, after));
  expect(rest).toEqual({ name: "Ida", tags: [] });
  expect(config).toEqual({ agent: { language: null, prompt: { llm: "x", tools: ["t"] }, extra: null } });
});

test("two people's changes of different fields are both kept", () => {
  const mine = withValue(DOC, ["name"], "Mine");
  const theirs = withValue(DOC, ["config", "agent", "language"], "de");
  expect(patched(theirs, patchOf(DOC, mine))).toMatchObject({
    name: "Mine",
    config: { agent: { language: "de" } },
  });
});

test("a value is set where nothing was yet", () => {
  expect(withValue({}, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
});

test("differences are told by their path", () => {
  const changed = withValue(withValue(DOC, ["tags"], ["a", "b"]), ["config", "agent", "language"], "de");
  expect(changesBetween(DOC, changed)).toEqual([
    { path: "tags", before: ["a"], after: ["a", "b"] },
    { path: "config.agent.language", before: "en", after: "de" },
  ]);
});

test("texts differ by lines", () => {
  expect(linesBetween("a\nb\nc", "a\nx\nc")).toEqual([
    { kind: "same", text: "a" },
    { kind: "gone", text: "b" },
    { kind: "new", text: "x" },
    { kind: "same", text: "c" },
  ]);
  const long = Array.from({ length: 500 }, (_, line) => `${line}`).join("\n");
  expect(linesBetween(long, "x").filter(({ kind }) => kind === "new")).toHaveLength(1);
});
