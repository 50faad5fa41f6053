/** Sound through a loudspeaker that may go. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Playout } from "@/rtc/playout";
import { FakeStream } from "../support/fakeCapture";

let gone: Set<string>;
const prototype = HTMLMediaElement.prototype as HTMLMediaElement & { setSinkId(id: string): Promise<void> };

beforeEach(() => {
  gone = new Set();
  vi.stubGlobal("MediaStream", FakeStream);
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  prototype.setSinkId = async function (this: HTMLMediaElement, id: string) {
    if (gone.has(id)) throw new DOMException("gone", "NotFoundError");
    Object.defineProperty(this, "sinkId", { configurable: true, value: id });
  };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(prototype, "setSinkId");
  document.body.replaceChildren();
});

const sinks = () => [...document.querySelectorAll("audio")].map((player) => (player as HTMLAudioElement & { sinkId?: string }).sinkId ?? "");
const settle = () => new Promise((resolve) => setTimeout(resolve));

function playing(): { playout: Playout; refused: () => void } {
  const refused = vi.fn();
  const playout = new Playout(() => undefined, refused);
  ["one", "two"].forEach((id) => playout.add(id, {} as MediaStreamTrack));
  return { playout, refused };
}

describe("A player that something else pauses", () => {
  const pause = () => document.querySelector("audio")?.dispatchEvent(new Event("pause"));
  const plays = () => vi.mocked(HTMLMediaElement.prototype.play).mock.calls.length;

  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("plays again by itself: a headset's button silences nobody", () => {
    playing();
    expect(plays()).toBe(2);
    pause();
    vi.advanceTimersByTime(1_000);
    expect(plays()).toBe(3);
  });

  it("asks for a click when the browser wants one", async () => {
    const blocked = vi.fn();
    const playout = new Playout(blocked);
    playout.add("one", {} as MediaStreamTrack);
    vi.mocked(HTMLMediaElement.prototype.play).mockRejectedValue(new DOMException("no", "NotAllowedError"));
    pause();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(blocked).toHaveBeenCalledOnce();
  });

  it("stays away once its sound is over", () => {
    const { playout } = playing();
    const player = document.querySelector("audio");
    playout.clear();
    player?.dispatchEvent(new Event("pause"));
    vi.advanceTimersByTime(1_000);
    expect(plays()).toBe(2);
  });
});

describe("Playing through a loudspeaker", () => {
  it("that refuses goes on through the system's default, and says so once", async () => {
    const { playout, refused } = playing();
    playout.setSink("out-1");
    await settle();
    gone.add("out-2");
    playout.setSink("out-2");
    await settle();
    expect([sinks(), (refused as ReturnType<typeof vi.fn>).mock.calls.length]).toEqual([["", ""], 1]);
  });

  it("that went and came is the chosen one again, for what is added meanwhile too", async () => {
    const { playout } = playing();
    playout.setSink("out-1");
    await settle();
    playout.setSink("");
    playout.add("three", {} as MediaStreamTrack);
    await settle();
    expect(sinks()).toEqual(["", "", ""]);
    playout.setSink("out-1");
    await settle();
    expect(sinks()).toEqual(["out-1", "out-1", "out-1"]);
  });
});
