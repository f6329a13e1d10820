import { expect, test } from "vitest";
import { heard, SILENCE, type Talk, unheard, wrote } from "./talk";

type Event = Parameters<typeof heard>[1];

function after(...events: Event[]): Talk {
  return events.reduce(heard, SILENCE);
}
const guess = (text: string): Event => ({
  type: "tentative_user_transcript",
  tentative_user_transcription_event: { user_transcript: text, event_id: 1 },
});
const said = (text: string): Event => ({
  type: "user_transcript",
  user_transcription_event: { user_transcript: text, event_id: 2 },
});
const answer = (text: string): Event => ({
  type: "agent_response",
  agent_response_event: { agent_response: text, event_id: 3 },
});
const delta = (text: string): Event => ({
  type: "agent_chat_response_part",
  text_response_part: { type: "delta", text },
});

test("guesses give way to better ones, and to what was said", () => {
  const talk = after(guess("what"), guess("what is"), said("What is it?"));
  expect(talk.turns.map(({ text, isTentative }) => [text, isTentative])).toEqual([
    ["What is it?", undefined],
  ]);
});

test("a reply grows as it is written, and is whole in the end", () => {
  expect(after(delta("It is "), delta("sunny")).turns).toMatchObject([
    { text: "It is sunny", isTentative: true },
  ]);
  expect(after(delta("It is "), delta("sunny"), answer("It is sunny.")).turns).toMatchObject([
    { text: "It is sunny." },
  ]);
});

test("an interruption shows where it cut", () => {
  const talk = after(answer("It is sunny in Lisbon."), {
    type: "agent_response_correction",
    agent_response_correction_event: {
      original_agent_response: "It is sunny in Lisbon.",
      corrected_agent_response: "It is sunny…",
    },
  });
  expect(talk.turns).toMatchObject([{ text: "It is sunny…", isInterrupted: true }]);
  expect(unheard(talk.turns[0] as { text: string; original: string })).toBe(" in Lisbon.");
});

test("what was written here is not shown twice when the server repeats it", () => {
  const talk = heard(wrote(SILENCE, "hello"), said("hello"));
  expect(talk.turns).toHaveLength(1);
  expect(heard(talk, said("hello")).turns).toHaveLength(2);
});

test("what is no turn changes nothing, whatever it holds", () => {
  for (const event of [
    { type: "ping" },
    { type: "audio" },
    {},
    { type: "agent_response" },
    { type: "user_transcript" },
  ]) {
    expect(heard(SILENCE, event)).toEqual(SILENCE);
  }
});
