/** Times and sizes as people say them; pure, words come from the catalogue. */

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** Seconds as 03:12, or 1:03:12 from an hour on. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** A range of waiting, in s, as whole minutes: "about 2–4 minutes"; null when there is not enough data. */
export function minutesWords(lowS: number | null, highS: number | null, t: Translate): string | null {
  if (lowS === null || highS === null) return null;
  const low = Math.max(0, Math.floor(lowS / 60));
  const high = Math.max(1, Math.ceil(highS / 60));
  return low === 0 || low === high ? t("common.time.withinMinutes", { high }) : t("common.time.minutesRange", { low, high });
}

/** How long ago, as people say it. */
export function agoWords(at: Date, now: Date, t: Translate): string {
  const seconds = Math.floor((now.getTime() - at.getTime()) / 1000);
  if (seconds < 45) return t("common.time.justNow");
  if (seconds < 3600) return t("common.time.minutesAgo", { n: Math.max(1, Math.round(seconds / 60)) });
  if (seconds < 86_400) return t("common.time.hoursAgo", { n: Math.round(seconds / 3600) });
  return t("common.time.daysAgo", { n: Math.round(seconds / 86_400) });
}

/** 2026-11-22 14:05 in the browser's own time zone. */
export function exactTime(at: Date): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** A file's size: 830 kB, 1.2 MB. */
export function fileSize(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
