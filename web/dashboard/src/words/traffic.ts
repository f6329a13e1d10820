// Shares of the calls, in whole percent, that always sum to 100.

export type Shares = Record<string, number>;

const WHOLE = 100;

/** The shares after one was moved: the others give or take in proportion to what they have. */
export function moved(shares: Shares, id: string, share: number): Shares {
  const others = Object.keys(shares).filter((each) => each !== id);
  if (others.length === 0) return { [id]: WHOLE };
  const kept = Math.min(WHOLE, Math.max(0, Math.round(share)));
  const weights = others.map((each) => shares[each] ?? 0);
  const parts = rounded(weights, WHOLE - kept);
  return Object.fromEntries(
    Object.keys(shares).map((each) => [each, each === id ? kept : (parts[others.indexOf(each)] as number)]),
  );
}

/** Whole numbers in proportion to these weights that sum to `whole`; alike where all weigh nothing. */
export function rounded(weights: readonly number[], whole: number): number[] {
  const total = weights.reduce((sum, each) => sum + each, 0);
  const exact = weights.map((each) => (total > 0 ? each / total : 1 / weights.length) * whole);
  const parts = exact.map(Math.floor);
  const order = exact
    .map((each, index) => ({ index, rest: each - Math.floor(each) }))
    .sort((one, other) => other.rest - one.rest || one.index - other.index);
  let left = whole - parts.reduce((sum, each) => sum + each, 0);
  for (const { index } of order) {
    if (left <= 0) break;
    parts[index] = (parts[index] as number) + 1;
    left -= 1;
  }
  return parts;
}

/** What the server has, as whole percent. Every branch is there, also those without a share. */
export function sharesOf(branches: readonly { id: string; current_live_percentage?: number }[]): Shares {
  const parts = rounded(
    branches.map((each) => each.current_live_percentage ?? 0),
    WHOLE,
  );
  return Object.fromEntries(branches.map((each, index) => [each.id, parts[index] as number]));
}
