import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { elapsed, forgetServerTime, noteServerTime, serverNow } from "@/protocol/clock";

const SERVER = Date.parse("2026-11-27T09:00:00Z");
const FAST_BY = 6 * 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(SERVER + FAST_BY);
  forgetServerTime();
});
afterEach(() => {
  vi.useRealTimers();
  forgetServerTime();
});

/** Ask the server at this moment over a line with this round trip, in ms; it reads its clock in the middle. */
function ask(roundTrip: number, serverMs = SERVER): void {
  const askedAt = elapsed();
  vi.advanceTimersByTime(roundTrip);
  noteServerTime(serverMs + roundTrip / 2, askedAt, elapsed());
}

describe("The server's clock on a PC that is 6 min fast", () => {
  it("is the PC's until the server said something, and the server's from then on", () => {
    expect(serverNow()).toBeCloseTo(SERVER + FAST_BY, -1);
    ask(40);
    expect(serverNow()).toBeCloseTo(SERVER + 40, -1);
    vi.advanceTimersByTime(5_000);
    expect(serverNow()).toBeCloseTo(SERVER + 5_040, -1);
  });

  it.each([3_600_000, -3_600_000])("does not move when the PC's clock is set by %i ms", (step) => {
    ask(40);
    const before = serverNow();
    const monotonic = elapsed();
    vi.setSystemTime(Date.now() + step);
    if (elapsed() === monotonic) expect(serverNow()).toBe(before);
  });

  it("is taken from the shortest round trip", () => {
    ask(20);
    const good = serverNow();
    const askedAt = elapsed();
    vi.advanceTimersByTime(2_000);
    noteServerTime(SERVER + 20, askedAt, elapsed()); // answered at once, on the way for 2 s
    expect(serverNow()).toBeCloseTo(good + 2_000, -1);
  });

  it("follows a server whose clock was set, and says nothing of answers that took too long", () => {
    ask(40);
    ask(40, SERVER + 3_600_000);
    expect(serverNow()).toBeCloseTo(SERVER + 3_600_040, -1);
    const askedAt = elapsed();
    vi.advanceTimersByTime(9_000);
    noteServerTime(0, askedAt, elapsed());
    expect(serverNow()).toBeGreaterThan(SERVER);
  });
});

describe("The PC's wall clock", () => {
  const source = resolve(__dirname, "../../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|vue)$/.test(file));

  it("is asked in one file only", () => {
    const asking = files.filter((file) => /\bDate\.now\b|new Date\(\)|\bDate\(\)/.test(readFileSync(join(source, file), "utf8")));
    expect(asking).toEqual([join("protocol", "clock.ts")]);
  });
});
