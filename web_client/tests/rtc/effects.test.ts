/** Whether a PC keeps up, whether a microphone gives anything, and what the place of a stage gives. */
import { describe, expect, it } from "vitest";
import { wishes } from "@/rtc/constraints";
import { FRAME_LIMIT_MS, FramePace, LOOK_MS, SoundPace } from "@/rtc/effects/pace";
import { StageError, StageSlot, type OpenStage, type Stage, type Terms } from "@/rtc/effects/stage";
import { FLAT_AFTER_MS, Flatness, NO_SOUND } from "@/rtc/flatness";

const device = { id: "device" } as MediaStreamTrack;
const terms = { measure: true, anyway: false };

describe("The pace of frames", () => {
  it("leaves the first frames out, and says fast once enough kept the limit", () => {
    const pace = FramePace.before();
    expect([9_000, 900, 90].map((ms) => pace.add(ms))).toEqual([null, null, null]);
    const said = Array.from({ length: 12 }, () => pace.add(FRAME_LIMIT_MS.before));
    expect([...new Set(said.slice(0, -1)), said.at(-1)]).toEqual([null, "fast"]);
  });

  it("says slow as soon as no later frame can mend it", () => {
    const pace = FramePace.before();
    [1, 1, 1].forEach((ms) => pace.add(ms));
    expect([pace.add(400), pace.add(400)]).toEqual([null, "slow"]);
  });

  it("forgives single slow frames while it runs", () => {
    const pace = FramePace.running();
    const said = Array.from({ length: 300 }, (_, index) => pace.add(index % 20 === 0 ? 500 : 20));
    expect(said).not.toContain("slow");
  });
});

describe("The pace of sound", () => {
  const every = LOOK_MS / 1000;

  it("is too slow only when it falls behind three times in a row", () => {
    const pace = new SoundPace();
    const said = [1, 0.8, 0.8, 1, 0.8, 0.8, 0.8].reduce<{ at: number; all: boolean[] }>(
      ({ at, all }, part, index) => ({ at: at + part * every, all: [...all, pace.look(at + part * every, (index + 1) * every)] }),
      { at: 0, all: [] },
    ).all;
    expect(said).toEqual([false, false, false, false, false, false, true]);
  });

  it("takes a PC that slept for no slow one", () => {
    const pace = new SoundPace();
    expect([0, 1, 2, 3].map((hour) => pace.look(hour * every, hour * 3600))).toEqual([false, false, false, false]);
  });
});

describe("A flat microphone", () => {
  it("is one that never gave anything for a while", () => {
    const flatness = new Flatness();
    expect([0, FLAT_AFTER_MS.unheard - 1, FLAT_AFTER_MS.unheard].map((now) => flatness.look(0, now))).toEqual([false, false, true]);
    expect(flatness.look(0.1, FLAT_AFTER_MS.unheard + 1)).toBe(false);
  });

  it("is waited for longer once it was heard, for a quiet moment may be suppressed to nothing", () => {
    const flatness = new Flatness();
    flatness.look(0.1, 0);
    expect([1, 10_000, 1 + FLAT_AFTER_MS.heard].map((now) => flatness.look(0, now))).toEqual([false, false, true]);
  });

  it("is none in a quiet room, nor where nobody could listen", () => {
    const flatness = new Flatness();
    expect([0, 20_000, 40_000].map((now) => flatness.look(4 * NO_SOUND, now))).toEqual([false, false, false]);
    flatness.look(0, 50_000);
    flatness.rest();
    expect(flatness.look(0, 90_000)).toBe(false);
  });
});

describe("The microphone's own noise suppression", () => {
  it("is left out where the page suppresses noise, and echo cancellation stays", () => {
    expect(wishes("microphone", "", true)).toEqual({ echoCancellation: true, noiseSuppression: false, autoGainControl: true });
    expect(wishes("microphone", "")).toEqual({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });
    expect(wishes("camera", "", true)).toEqual(wishes("camera", ""));
  });
});

/** Stages whose opening is answered by hand. */
class Opened {
  readonly asked: { terms: Terms; answer: (stage: Stage) => void; refuse: (error: Error) => void }[] = [];
  readonly stopped: string[] = [];
  readonly said: string[] = [];
  changes = 0;
  readonly open: OpenStage = (_, given) =>
    new Promise((answer, refuse) => this.asked.push({ terms: given, answer, refuse }));
  readonly slot = new StageSlot(this.open, (state) => this.said.push(state), () => (this.changes += 1));

  stage(id: string): Stage {
    return { track: { id } as MediaStreamTrack, stop: () => this.stopped.push(id) };
  }
}

describe("The place of a stage", () => {
  it("gives nothing until the stage runs, and nothing after it is over", async () => {
    const opened = new Opened();
    const { slot } = opened;
    const begun = slot.begin(device, terms);
    expect([slot.track, opened.said]).toEqual([null, ["starting"]]);
    opened.asked[0]!.answer(opened.stage("one"));
    await begun;
    expect([slot.track?.id, opened.changes]).toEqual(["one", 1]);
    opened.asked[0]!.terms.over("slow");
    expect([slot.track, opened.changes, opened.said, opened.stopped]).toEqual([null, 2, ["starting", "on", "slow"], ["one"]]);
    expect(opened.asked[0]!.terms.signal.aborted).toBe(true);
  });

  it.each([[new StageError("slow"), "slow"], [new Error("no such file"), "failed"]])("says why %s did not begin", async (error, fate) => {
    const opened = new Opened();
    const begun = opened.slot.begin(device, terms);
    opened.asked[0]!.refuse(error);
    await begun;
    expect([opened.slot.track, opened.said]).toEqual([null, ["starting", fate]]);
  });

  it("stands behind the device opened last, whatever begins first, and hears nothing of the one before", async () => {
    const opened = new Opened();
    const first = opened.slot.begin(device, terms);
    const second = opened.slot.begin(device, terms);
    opened.asked[1]!.answer(opened.stage("two"));
    opened.asked[0]!.answer(opened.stage("one"));
    await Promise.all([first, second]);
    expect([opened.slot.track?.id, opened.stopped, opened.asked[0]!.terms.signal.aborted]).toEqual(["two", ["one"], true]);
    opened.asked[0]!.terms.over("failed");
    expect([opened.slot.track?.id, opened.changes]).toEqual(["two", 1]);
  });

  it("ends once and tells so", async () => {
    const opened = new Opened();
    const begun = opened.slot.begin(device, terms);
    opened.slot.end();
    opened.slot.end();
    opened.asked[0]!.answer(opened.stage("one"));
    await begun;
    expect([opened.slot.track, opened.said, opened.stopped, opened.changes]).toEqual([null, ["starting", "idle"], ["one"], 0]);
  });
});
