import { describe, expect, it } from "vitest";
import { agoWords, clock, fileSize, minutesWords } from "@/components/common/format";
import { wordsFor } from "@/components/common/errorWords";
import { OfflineError, ServerError } from "@/protocol/errors";

const t = (key: string, values: Record<string, unknown> = {}) => `${key.split(".").pop()}${JSON.stringify(values)}`;

describe("times as people say them", () => {
  it("shows a running clock", () => {
    expect([0, 192, 3600 + 62, -5].map(clock)).toEqual(["00:00", "03:12", "1:01:02", "00:00"]);
  });

  it("says a range of minutes, and nothing without data", () => {
    expect(minutesWords(null, null, t)).toBeNull();
    expect(minutesWords(10, 50, t)).toBe('withinMinutes{"high":1}');
    expect(minutesWords(130, 250, t)).toBe('minutesRange{"low":2,"high":5}');
  });

  it("says how long ago", () => {
    const now = new Date("2026-11-22T12:00:00Z");
    const ago = (seconds: number) => agoWords(new Date(now.getTime() - seconds * 1000), now, t);
    expect([5, 180, 7200, 172_800].map(ago)).toEqual(["justNow{}", 'minutesAgo{"n":3}', 'hoursAgo{"n":2}', 'daysAgo{"n":2}']);
  });
});

describe("words for errors", () => {
  const known = new Set(["common.error.offline", "common.error.unexpected", "common.error.locked"]);
  const catalogue = (preferServer: boolean) => ({
    has: (key: string) => known.has(key),
    translate: (key: string) => key,
    preferServer,
  });

  it("uses the server's sentence in its own language", () => {
    expect(wordsFor(new ServerError("locked", "账号已锁定"), catalogue(true))).toBe("账号已锁定");
  });

  it("uses the catalogue in the other language, and the sentence where the catalogue has none", () => {
    expect(wordsFor(new ServerError("locked", "账号已锁定"), catalogue(false))).toBe("common.error.locked");
    expect(wordsFor(new ServerError("rare", "少见"), catalogue(false))).toBe("少见");
  });

  it("never shows a bare code or a stack", () => {
    expect(wordsFor(new Error("x is undefined"), catalogue(true))).toBe("common.error.unexpected");
    expect(wordsFor(new OfflineError(), catalogue(true))).toBe("common.error.offline");
  });
});

it.each([
  [0, "1 kB"],
  [830_400, "830 kB"],
  [1_249_000, "1.2 MB"],
  [12_582_912, "12.6 MB"],
])("says %i bytes as %s", (bytes, words) => {
  expect(fileSize(bytes)).toBe(words);
});
