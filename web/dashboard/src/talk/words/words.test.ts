import { describe, expect, it } from "vitest";
import { ENGLISH, filled, firstOf, LANGUAGES, nearest, type Words, wordsOf } from "./index";

const names = Object.keys(ENGLISH) as (keyof Words)[];
const places = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

describe("the languages of the talk page", () => {
  it("are the most used ones", () => {
    expect(LANGUAGES.length).toBeGreaterThanOrEqual(16);
  });

  it.each(LANGUAGES.slice(1))("%s has every sentence, with the same places to fill", async (language) => {
    const words = await wordsOf(language);
    expect(words).not.toBe(ENGLISH);
    expect(Object.keys(words).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(words[name].trim(), name).toBe(words[name]);
      expect(words[name], name).not.toBe("");
      expect(places(words[name]), name).toEqual(places(ENGLISH[name]));
    }
    const alike = names.filter((name) => words[name] === ENGLISH[name]);
    expect(alike.length, `not translated: ${alike.join(", ")}`).toBeLessThanOrEqual(3);
  });

  it("are found by a region's code, and English stands in for one that is not here", async () => {
    expect(["pt-br", "zh-CN", "DE", "fi", ""].map(nearest)).toEqual(["pt", "zh", "de", "en", "en"]);
    expect(await wordsOf("fi")).toBe(ENGLISH);
  });

  it("are chosen by what the visitor's browser asks for", () => {
    expect(firstOf(["sv-SE", "de-AT", "en"], ["en", "de"])).toBe("de");
    expect(firstOf(["pt-BR"], ["en", "pt", "pt-br"])).toBe("pt-br");
    expect(firstOf(["fi"], ["en", "de"])).toBeNull();
  });

  it("are filled without reading what is filled in", () => {
    expect(filled("{mark} of 5, {meaning}", { mark: 4, meaning: "{mark}" })).toBe("4 of 5, {mark}");
  });
});
