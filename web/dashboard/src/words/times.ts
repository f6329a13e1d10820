// Times and durations as people say them.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function duration(exactSeconds: number): string {
  // Rounded first, so that no minute has sixty seconds.
  const seconds = Math.round(exactSeconds);
  if (seconds < MINUTE) return `${seconds} s`;
  const minutes = Math.floor(seconds / MINUTE);
  const rest = seconds % MINUTE;
  if (seconds < HOUR) return `${minutes}:${String(rest).padStart(2, "0")} min`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

/** A place in a call, like 1:05. */
export function place(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / MINUTE)}:${String(whole % MINUTE).padStart(2, "0")}`;
}

export function milliseconds(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

export function ago(unixSeconds: number, now: number = Date.now() / 1000): string {
  const passed = now - unixSeconds;
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 7 * DAY) return `${Math.floor(passed / DAY)} d ago`;
  return day(unixSeconds);
}

const days = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const utcDays = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const utcDaysAndMonths = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});

/** A day that was counted in UTC, wherever the reader is. */
export function dayInUtc(unixSeconds: number): string {
  return utcDays.format(unixSeconds * 1000);
}

/** From one of them to another, without the year. */
export function daysInUtc(firstUnixSeconds: number, lastUnixSeconds: number): string {
  return utcDaysAndMonths.formatRange(firstUnixSeconds * 1000, lastUnixSeconds * 1000);
}

export function day(unixSeconds: number): string {
  return days.format(unixSeconds * 1000);
}

export function moment(unixSeconds: number): string {
  return moments.format(unixSeconds * 1000);
}
