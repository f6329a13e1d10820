import { expect, test } from "vitest";
import { moved, rounded, type Shares, sharesOf } from "./traffic";

const sum = (shares: Shares) => Object.values(shares).reduce((total, each) => total + each, 0);

test("the others give in proportion to what they have", () => {
  expect(moved({ a: 50, b: 30, c: 20 }, "a", 75)).toEqual({ a: 75, b: 15, c: 10 });
  expect(moved({ a: 100, b: 0 }, "b", 30)).toEqual({ a: 70, b: 30 });
});

test("where the others have nothing they share alike", () => {
  expect(moved({ a: 100, b: 0, c: 0 }, "a", 40)).toEqual({ a: 40, b: 30, c: 30 });
  expect(moved({ a: 100 }, "a", 10)).toEqual({ a: 100 });
});

test("whatever is moved how often, the sum is 100 and nothing is negative", () => {
  let shares: Shares = { a: 34, b: 33, c: 33, d: 0 };
  const ids = ["a", "b", "c", "d"];
  for (let step = 0; step < 400; step++) {
    shares = moved(shares, ids[step % 4] as string, (step * 37) % 113);
    expect(sum(shares)).toBe(100);
    expect(Math.min(...Object.values(shares))).toBeGreaterThanOrEqual(0);
  }
});

test("percentages with fractions become whole ones", () => {
  const parts = ["a", "b", "c"].map((id) => ({ id, current_live_percentage: 100 / 3 }));
  expect(sharesOf(parts)).toEqual({ a: 34, b: 33, c: 33 });
  expect(rounded([0, 0], 100).reduce((one, other) => one + other)).toBe(100);
});
