import { expect, test } from "vitest";
import { joined, withTheirs } from "./joining";
import type { Doc } from "./patch";

const BEFORE: Doc = { name: "Ada", tags: ["a"], config: { prompt: "p", language: "en" } };

test("changes of different fields are both kept, and nothing is asked", () => {
  const mine = { ...BEFORE, config: { prompt: "mine", language: "en" } };
  const theirs = { ...BEFORE, name: "Ida", config: { prompt: "p", language: "de" } };
  expect(joined(BEFORE, mine, theirs)).toEqual({
    doc: { name: "Ida", tags: ["a"], config: { prompt: "mine", language: "de" } },
    clashes: [],
  });
});

test("what both changed is named, and either can be chosen", () => {
  const mine = { ...BEFORE, tags: ["mine"], config: { prompt: "mine", language: "en" } };
  const theirs = { ...BEFORE, tags: ["theirs"], config: { prompt: "theirs", language: "en" } };
  const { doc, clashes } = joined(BEFORE, mine, theirs);
  expect(doc).toEqual(mine);
  expect(clashes.map(({ path }) => path.join("."))).toEqual(["tags", "config.prompt"]);
  expect(withTheirs(doc, clashes.slice(1))).toEqual({
    ...mine,
    config: { prompt: "theirs", language: "en" },
  });
});

test("the same change by both is no clash", () => {
  const same = { ...BEFORE, name: "Ida" };
  expect(joined(BEFORE, same, { ...same })).toEqual({ doc: same, clashes: [] });
});

test("a field that one took away and the other changed can be taken away", () => {
  const mine: Doc = { ...BEFORE, config: { prompt: "mine", language: "en" } };
  const theirs: Doc = { ...BEFORE, config: { language: "en" } };
  const { doc, clashes } = joined(BEFORE, mine, theirs);
  expect(clashes).toHaveLength(1);
  expect(withTheirs(doc, clashes)).toEqual(theirs);
  const gone: Doc = { tags: ["a"], config: BEFORE.config as Doc };
  expect(joined(BEFORE, gone, BEFORE).doc).toEqual(gone);
});
