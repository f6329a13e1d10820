import { expect, test } from "vitest";
import { portionsOf } from "./portions";

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
