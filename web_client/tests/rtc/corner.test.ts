/** The colour in the corner of a picture that is captured: what was shown there comes some frames later. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Corner } from "@/rtc/corner";

const GREY = [90, 90, 90];
const RED = [230, 0, 18];
let frames: number[][];

const isRed = ([red]: number[]) => (red! > 200 ? "HDMI-1" : null);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", class {});
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", { configurable: true, writable: true, value: null });
  const pen = { drawImage: () => undefined, getImageData: () => ({ data: frames.length > 1 ? frames.shift() : frames[0] }) };
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(pen as never);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function seen(known: (colour: number[]) => string | null) {
  const found = new Corner({} as MediaStreamTrack, 1920).until(known);
  await vi.advanceTimersByTimeAsync(10_000);
  return found;
}

it("is looked for in one frame after the other", async () => {
  frames = [GREY, GREY, RED];
  expect(await seen(isRed)).toBe("HDMI-1");
});

it("is nobody's when none of them has it", async () => {
  frames = [GREY];
  expect(await seen(isRed)).toBeNull();
});
