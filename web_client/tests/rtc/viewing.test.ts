import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Viewing } from "@/rtc/viewing";

class FakeStream {
  constructor(private readonly track: object) {}
  getVideoTracks(): object[] {
    return [this.track];
  }
}

let resized: (() => void)[];
let heights: number[];
let viewing: Viewing;
const track = {} as MediaStreamTrack;

function picture(height: number, of: object = track): HTMLVideoElement {
  const element = document.createElement("video");
  Object.defineProperty(element, "clientHeight", { value: height, writable: true });
  Object.defineProperty(element, "srcObject", { value: new FakeStream(of), writable: true });
  return element;
}

function hide(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  [resized, heights, viewing] = [[], [], new Viewing()];
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("ResizeObserver", class {
    constructor(private readonly heard: () => void) {}
    observe(): void { resized.push(this.heard); }
    disconnect(): void { resized = resized.filter((one) => one !== this.heard); }
  });
});
afterEach(() => {
  hide(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("What is shown of a track", () => {
  it("is the highest of its pictures, told when it has settled, and nothing while the page is hidden", () => {
    const [small, large] = [picture(90), picture(360)];
    const away = [viewing.follow(small), viewing.follow(large)];
    const stop = viewing.tell(track, (height) => heights.push(height));
    vi.runAllTimers();
    Object.assign(large, { clientHeight: 480 });
    resized[1]!();
    Object.assign(large, { clientHeight: 500 });
    resized[1]!();
    vi.runAllTimers();
    hide(true);
    vi.runAllTimers();
    hide(false);
    vi.runAllTimers();
    away[1]!();
    vi.runAllTimers();
    away[0]!();
    vi.runAllTimers();
    expect(heights).toEqual([360, 500, 0, 500, 90, 0]);
    stop();
    expect(resized).toEqual([]);
  });

  it("is unknown for a track that no picture ever showed, and follows a picture to another track", () => {
    const other = {} as MediaStreamTrack;
    const stop = viewing.tell(other, (height) => heights.push(height));
    vi.runAllTimers();
    expect(heights).toEqual([]);
    const element = picture(180);
    const away = viewing.follow(element);
    element.srcObject = picture(0, other).srcObject;
    viewing.changed(element);
    vi.runAllTimers();
    expect(heights).toEqual([180]);
    stop();
    away();
  });
});
