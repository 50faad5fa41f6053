/** The path of one transport in virtual time: what browsers tell of it, and what they keep to themselves. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OfflineError } from "@/protocol/errors";
import { PathRepair, type Health } from "@/rtc/repair";

let seen: Health[];
let restarts: number;
let repair: PathRepair;

beforeEach(() => {
  vi.useFakeTimers();
  seen = [];
  restarts = 0;
  repair = new PathRepair(
    async () => void (restarts += 1),
    () => seen.push(repair.health),
  );
});
afterEach(() => {
  repair.close();
  vi.useRealTimers();
});

describe("a first path", () => {
  it("that never stands is lost, though the browser tells nothing", async () => {
    repair.begin();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual(["lost"]);
  });

  it("that is still being looked for is lost too", async () => {
    repair.begin();
    repair.handleState("connecting");
    await vi.advanceTimersByTimeAsync(21_000);
    expect(seen).toEqual(["lost"]);
  });

  it("that stands late is well", async () => {
    repair.begin();
    repair.handleState("connecting");
    await vi.advanceTimersByTimeAsync(18_000);
    repair.handleState("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([]);
  });

  it("of a transport that is closed meanwhile is nobody's concern", async () => {
    repair.begin();
    repair.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual([]);
  });
});

describe("a path that breaks", () => {
  beforeEach(() => {
    repair.begin();
    repair.handleState("connected");
  });

  it("for a moment needs nothing", async () => {
    repair.handleState("disconnected");
    await vi.advanceTimersByTimeAsync(1_500);
    repair.handleState("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen).toEqual(["hurt", "connected"]);
    expect(restarts).toBe(0);
  });

  it("gets new credentials, and again when the browser tells nothing after that, and is lost in the end", async () => {
    repair.handleState("disconnected");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(restarts).toBe(1);
    repair.handleState("connecting");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(restarts).toBe(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(restarts).toBe(4);
    expect(seen).toEqual(["hurt", "lost"]);
  });

  it("heals with the credentials it got", async () => {
    repair.handleState("failed");
    await vi.advanceTimersByTimeAsync(10);
    expect(restarts).toBe(1);
    repair.handleState("connecting");
    repair.handleState("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(restarts).toBe(1);
    expect(seen).toEqual(["hurt", "connected"]);
  });

  it("waits for the channel where there is none", async () => {
    const offline = new PathRepair(
      async () => Promise.reject(new OfflineError()),
      () => seen.push(offline.health),
    );
    offline.handleState("failed");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(seen).toEqual(["hurt"]);
    offline.close();
  });
});
