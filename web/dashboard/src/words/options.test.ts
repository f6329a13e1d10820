import { describe, expect, it } from "vitest";
import { size } from "./bytes";
import { example, type OptionShape, typedOptions } from "./options";

const field = (name: string, shape: OptionShape["shape"], given: unknown = null): OptionShape => ({
  name,
  shape,
  default: given,
});

describe("what was typed into a provider's form", () => {
  it("becomes options by their shapes, and what was left empty is left out", () => {
    const fields = [
      field("key", "secret"),
      field("models", "list"),
      field("limit", "whole", 5),
      field("patience", "number"),
      field("voices", "table"),
      field("more", "json"),
      field("flag", "flag", true),
      field("empty", "text"),
    ];
    const typed = {
      key: " sk ",
      models: "one, two ,",
      limit: "7",
      patience: "0.5",
      voices: "a = b=c\n\nd=e",
      more: '{"x": 1}',
      flag: false,
      empty: "",
    };
    expect(typedOptions(fields, typed)).toEqual({
      options: {
        key: "sk",
        models: ["one", "two"],
        limit: 7,
        patience: 0.5,
        voices: { a: "b=c", d: "e" },
        more: { x: 1 },
        flag: false,
      },
      wrong: {},
    });
  });

  it("leaves out what is as it would be anyway", () => {
    expect(typedOptions([field("limit", "whole", 5)], { limit: "5" }).options).toEqual({});
  });

  it.each([
    [field("x", "whole"), "1.5"],
    [field("x", "number"), "many"],
    [field("x", "table"), "no sign"],
    [field("x", "json"), "[1]"],
    [field("x", "json"), "{"],
  ])("says what is wrong with %o", (one, text) => {
    const found = typedOptions([one], { x: text });
    expect(found.options).toEqual({});
    expect(found.wrong.x).toBeTruthy();
  });

  it("shows the default or an example where nothing stands", () => {
    expect(example(field("x", "list", ["a", "b"]))).toBe("a, b");
    expect(example(field("x", "number", 3))).toBe("3");
    expect(example(field("x", "table"))).toBe("name = value");
  });
});

describe("sizes", () => {
  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [4_194_304, "4 MB"],
    [999_600, "1 MB"],
    [148_000_000, "148 MB"],
    [67_800_000_000, "67.8 GB"],
  ])("%d is %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});
