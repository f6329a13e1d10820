import { expect, test } from "vitest";
import { drawnPortions, portionsOf } from "./portions";

test("every row is in one portion, in its order", () => {
  const rows = Array.from({ length: 23 }, (_, number) => number);
  const portions = portionsOf(rows);
  expect(portions.flatMap((each) => each.rows)).toEqual(rows);
  expect(portions.map(({ first }) => first)).toEqual([0, 10, 20]);
  expect(portionsOf([])).toEqual([]);
});

test("a row more changes the last portion alone", () => {
  const rows = Array.from({ length: 15 }, (_, number) => number);
  const [first, last] = portionsOf([...rows, 15]);
  expect(first).toEqual(portionsOf(rows)[0]);
  expect(last?.rows).toEqual([10, 11, 12, 13, 14, 15]);
});

test("what is seen is drawn, with two portions before and behind it", () => {
  expect(drawnPortions(0, 800, 340)).toEqual({ first: 0, end: 6 });
  expect(drawnPortions(34_000, 800, 340)).toEqual({ first: 98, end: 106 });
});

test("as many portions are drawn wherever one stands", () => {
  for (const scrolled of [34_000, 34_001, 34_220, 34_339]) {
    expect(drawnPortions(scrolled, 800, 340)).toEqual({ first: 98, end: 106 });
  }
});

test("a list that begins below what is seen is drawn from its first portion", () => {
  expect(drawnPortions(-200, 800, 340)).toEqual({ first: 0, end: 5 });
});
