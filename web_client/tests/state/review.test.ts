import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { api } from "@/protocol/api";
import { forgetServerTime, noteServerTime, elapsed } from "@/protocol/clock";
import { ServerError, UnansweredError } from "@/protocol/errors";
import { useReview } from "@/state/review";

/** How long addresses work, in ms. */
const LIFE_MS = 300_000;
/** The server's clock minus this PC's, in ms. */
let apart = 0;
let recording = "ready";
let asked: string[] = [];

const server = () => Date.now() + apart;
const answer = (path: string) => {
  asked.push(path);
  const at = elapsed();
  noteServerTime(server(), at, at);
  const expire = new Date(server() + LIFE_MS).toISOString();
  if (path.endsWith("/addresses")) return { recording, progress: 0.5, query: `new=${asked.length}`, stills: {}, files: {}, expire_at: expire };
  const segments = [{ segment_id: "c1/a", url: "/api/media/c1/a?old=1", thumbnails: [] }];
  return { row: { call_id: "c1", recording, progress: 0 }, lanes: [{ lane: "clerk", segments }], stills: [], files: [], urls_expire_at: expire };
};

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  [apart, recording, asked] = [0, "ready", []];
  vi.spyOn(api, "get").mockImplementation((path) => Promise.resolve(answer(path)) as never);
});
afterEach(() => {
  useReview().close();
  vi.restoreAllMocks();
  vi.useRealTimers();
  forgetServerTime();
});

const opened = async () => {
  const review = useReview();
  await review.open("c1");
  return review;
};

it.each([0, 360_000, -360_000])("renews addresses alone, in good time, with a PC clock that is %i ms off", async (off) => {
  apart = off;
  const review = await opened();
  await vi.advanceTimersByTimeAsync(LIFE_MS - 80_000);
  expect(asked).toEqual(["/recordings/c1"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual(["/recordings/c1", "/recordings/c1/addresses"]);
  expect(review.replay!.lanes[0]!.segments[0]!.url).toBe("/api/media/c1/a?new=2");
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked.length).toBeLessThan(20);
  expect(asked.filter((path) => path === "/recordings/c1")).toHaveLength(1);
});

it("waits for a recording that is prepared without looking at it again, and looks when it is there", async () => {
  recording = "processing";
  const review = await opened();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(review.replay!.row.progress).toBe(0.5);
  expect(asked.filter((path) => path === "/recordings/c1")).toHaveLength(1);
  recording = "ready";
  await vi.advanceTimersByTimeAsync(5_000);
  expect(review.replay!.row.recording).toBe("ready");
  expect(asked.filter((path) => path === "/recordings/c1")).toHaveLength(2);
});

it("fetches once for lanes that ask at once, and not in a loop for files that stay away", async () => {
  const review = await opened();
  await Promise.all([review.renew(), review.renew(), review.renew()]);
  await review.renew();
  expect(asked).toEqual(["/recordings/c1", "/recordings/c1/addresses"]);
});

it("asks again when the network is back, and not again when it is refused", async () => {
  const review = await opened();
  const failures = [new UnansweredError(), new ServerError("forbidden", "")];
  vi.mocked(api.get).mockImplementation((path) => {
    const failure = failures.shift();
    return failure ? (asked.push(path), Promise.reject(failure)) : (Promise.resolve(answer(path)) as never);
  });
  await vi.advanceTimersByTimeAsync(LIFE_MS);
  expect(asked).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(LIFE_MS);
  expect(asked).toHaveLength(3);
  expect(review.replay).not.toBeNull();
});
