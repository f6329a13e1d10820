// Days in a row, as the server counts them: in UTC.

interface Day {
  day_unix: number;
  calls: number;
  seconds: number;
}

const DAY_SECONDS = 86_400;

/** The last days, today last, with nothing where the server tells of nothing. */
export function everyDay(days: readonly Day[], count: number, nowSeconds: number = Date.now() / 1000): Day[] {
  const today = Math.floor(nowSeconds / DAY_SECONDS) * DAY_SECONDS;
  const told = new Map(days.map((day) => [day.day_unix, day]));
  return Array.from({ length: count }, (_, index) => today - (count - 1 - index) * DAY_SECONDS).map(
    (day_unix) => told.get(day_unix) ?? { day_unix, calls: 0, seconds: 0 },
  );
}
