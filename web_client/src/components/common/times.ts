/** Clock times and distances for panels; longer forms are in `format`. */

/** Seconds from `from` to `to` (ISO 8601 or milliseconds), never negative. */
export function secondsBetween(from: string | number, to: string | number): number {
  return Math.max(0, (toMillis(to) - toMillis(from)) / 1000);
}

/** 09:04 of the browser's own time zone. */
export function timeOfDay(at: string): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** 2026-11-22 09:04:07: the exact time, for hover and evidence. */
export function exactSecond(at: string): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${timeOfDay(at)}:${pad(date.getSeconds())}`;
}

function toMillis(value: string | number): number {
  return typeof value === "number" ? value : Date.parse(value);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
