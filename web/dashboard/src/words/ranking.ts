// Which of several names somebody means: those that begin so, then those with a word that does, then those that hold it.

export function ranked<T>(items: readonly T[], text: string, nameOf: (item: T) => string): T[] {
  const wanted = folded(text.trim());
  if (!wanted) return [...items];
  return items
    .map((item) => ({ item, rank: rank(folded(nameOf(item)), wanted) }))
    .filter(({ rank: found }) => found > 0)
    .sort((one, other) => other.rank - one.rank)
    .map(({ item }) => item);
}

function rank(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 3;
  if (name.split(/[\s:,.-]+/).some((word) => word.startsWith(wanted))) return 2;
  return name.includes(wanted) ? 1 : 0;
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
