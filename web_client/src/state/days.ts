/** Days as people choose them in a list's filter, as the moments the server searches between. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** When a day (2026-11-22) begins in the browser's own time zone; null for no day. */
export function dayBegins(day: string): string | null {
  return DAY.test(day) ? new Date(`${day}T00:00:00`).toISOString() : null;
}

/** When the day after begins, so that the whole day is searched; null for no day. */
export function dayEnds(day: string): string | null {
  if (!DAY.test(day)) return null;
  const next = new Date(`${day}T00:00:00`);
  next.setDate(next.getDate() + 1);
  return next.toISOString();
}
