import { expect, test } from "vitest";
import { address, refusal } from "../api/call";
import { readImport } from "../pages/agents/exchange";
import { documentOf, TEMPLATES } from "../pages/agents/templates";
import { everyDay } from "./days";
import { filtersIn, queryOf } from "./filters";
import { ranked } from "./ranking";
import { ago, duration, milliseconds, place } from "./times";
import { variablesIn } from "./variables";
import { spread, waterfallOf } from "./waterfall";

const measured = (seconds: Record<string, number>) =>
  Object.fromEntries(Object.entries(seconds).map(([name, elapsed_time]) => [name, { elapsed_time }]));

test("the spans of a turn lie one after the other", () => {
  const times = waterfallOf(
    measured({
      convai_end_of_turn_latency: 0.3,
      convai_llm_service_ttfb: 0.2,
      convai_llm_service_ttf_sentence: 0.4,
      convai_tts_service_ttfb: 0.1,
      convai_time_to_playback: 0.6,
    }),
  );
  expect(times?.pieces.map(({ who, from, to }) => [who, +from.toFixed(3), +to.toFixed(3)])).toEqual([
    ["wait", 0, 0.3],
    ["mind", 0.3, 0.7],
    ["voice", 0.7, 0.8],
    ["ear", 0.8, 0.9],
  ]);
  expect(times?.firstToken).toBeCloseTo(0.5);
  expect(times?.total).toBeCloseTo(0.9);
});

test("a chat has no sound, and a turn without times no picture", () => {
  expect(waterfallOf(measured({ convai_llm_service_ttfb: 0.2 }))?.pieces).toHaveLength(1);
  expect(waterfallOf({})).toBeNull();
  expect(waterfallOf(undefined)).toBeNull();
});

test("the middle and the slow end of many values", () => {
  expect(spread(Array.from({ length: 100 }, (_, index) => index))).toEqual({ median: 50, p95: 95 });
  expect(spread([7])).toEqual({ median: 7, p95: 7 });
  expect(spread([])).toBeNull();
});

test("an address holds only what can be meant", () => {
  expect(
    filtersIn({ status: "failed", since: "century", kind: 3, agent: "a", longest: "x", search: "" }),
  ).toEqual({
    status: "failed",
    agent: "a",
  });
});

test("filters become the server's own", () => {
  expect(queryOf({ status: "running", kind: "text", since: "day", search: "hi" }, 1_000_000)).toEqual({
    search: "hi",
    call_start_after_unix: 910_800,
    text_only: true,
    exclude_statuses: ["done", "failed"],
  });
  expect(queryOf({})).toEqual({});
});

test("names are found by their beginning first, whatever their accents", () => {
  const names = ["Reception", "Élan", "Front desk", "Help desk"];
  expect(ranked(names, "desk", (name) => name)).toEqual(["Front desk", "Help desk"]);
  expect(ranked(names, "ela", (name) => name)).toEqual(["Élan"]);
  expect(ranked(names, "", (name) => name)).toEqual(names);
});

test("variables are found once each, but not the system's", () => {
  expect(variablesIn("Hi {{name}}, {{ plan.kind }}", "{{name}} {{system__time}} {{1x}}")).toEqual([
    "name",
    "plan.kind",
  ]);
});

test("times as people say them", () => {
  expect([duration(7), duration(125), duration(7300)]).toEqual(["7 s", "2:05 min", "2:01 h"]);
  expect([duration(59.7), duration(119.6), duration(3599.6)]).toEqual(["1:00 min", "2:00 min", "1:00 h"]);
  expect([place(65.9), milliseconds(0.0512), milliseconds(1.234)]).toEqual(["1:05", "51 ms", "1.23 s"]);
  expect([ago(1000, 1010), ago(1000, 1300), ago(1000, 9000)]).toEqual(["just now", "5 min ago", "2 h ago"]);
});

test("days without calls are days too", () => {
  const days = everyDay([{ day_unix: 86_400, calls: 3, seconds: 9 }], 3, 2 * 86_400 + 5);
  expect(days.map(({ day_unix, calls }) => [day_unix / 86_400, calls])).toEqual([
    [0, 0],
    [1, 3],
    [2, 0],
  ]);
});

test("an address is filled in and escaped", () => {
  expect(address("/v1/a/{id}", { id: "x/y" }, { tags: ["a", "b&c"], none: null, empty: "" })).toBe(
    "/v1/a/x%2Fy?tags=a&tags=b%26c",
  );
});

test("a refusal says what and where", () => {
  const reply = { status: 422, headers: new Headers({ "x-request-id": "r1" }) };
  const error = refusal(reply, {
    detail: [{ loc: ["body", "conversation_config", "tts", "speed"], msg: "too fast" }],
  });
  expect(error.message).toBe("conversation_config.tts.speed: too fast");
  expect(error.wrong).toEqual([{ field: "conversation_config.tts.speed", message: "too fast" }]);
  expect(
    refusal({ status: 409, headers: new Headers() }, { detail: { message: "In use.", status: "used" } }).code,
  ).toBe("used");
  expect(refusal({ status: 502, headers: new Headers() }, null).message).toContain("502");
});

test("a file that holds no agent is refused by name", () => {
  expect(() => readImport("{", "a.json")).toThrow("a.json is not JSON");
  expect(() => readImport("[]", "a.json")).toThrow("holds no agent");
  expect(readImport('{"conversation_config": {}, "agent_id": "x", "name": "N"}', "a.json")).toEqual({
    conversation_config: {},
    name: "N",
  });
});

test("every template with a prompt has all six blocks and may end the call", () => {
  for (const template of TEMPLATES.filter(({ prompt }) => prompt)) {
    for (const block of ["Personality", "Environment", "Tone", "Goal", "Guardrails", "Tools"]) {
      expect(template.prompt, `${template.id}: ${block}`).toContain(`# ${block}`);
    }
    const made = documentOf(template, "N", "m");
    expect(made.conversation_config.agent.prompt).toMatchObject({
      llm: "m",
      built_in_tools: { end_call: {} },
    });
  }
});
