import { expect, test } from "vitest";
import { nameOfField } from "./names";

test("a change is called as the field is that it was made in", () => {
  expect(nameOfField("conversation_config.agent.prompt.prompt")).toBe("Prompt");
  expect(nameOfField("conversation_config.agent.prompt.timezone")).toBe("Time zone");
});

test("what has no name of its own is called by the part of the editor that has it", () => {
  expect(nameOfField("platform_settings.widget.styles.base")).toBe("Widget");
  expect(nameOfField("conversation_config.language_presets.de")).toBe("Languages");
  expect(nameOfField("platform_settings.something_new")).toBeUndefined();
});
