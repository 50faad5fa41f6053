/** A camera that was turned up for a still is brought back, or its owner hears that it has to be opened anew. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sessionSize } from "@/rtc/constraints";
import { takeStill } from "@/rtc/stills";
import { FakePc, FakeStream, overconstrained } from "../support/fakeCapture";

const USUAL = sessionSize("document_camera");
const LARGEST = { width: 3840, height: 2160 };
let pc: FakePc;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", FakeStream);
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({ drawImage: () => undefined } as never);
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) => done(new Blob(["jpeg"])));
  pc = new FakePc();
  pc.devices = [{ deviceId: "cam-2", kind: "videoinput", label: "高拍仪", largest: LARGEST }];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function shoot(refuse: (wish: MediaTrackConstraints) => boolean, fail = false): Promise<[number | undefined, number]> {
  const [track] = (await pc.getUserMedia({ video: USUAL })).getTracks();
  await track!.applyConstraints(USUAL);
  const apply = track!.applyConstraints.bind(track);
  track!.applyConstraints = async (wish) => {
    if (refuse(wish)) throw overconstrained("frameRate");
    await apply(wish);
  };
  if (fail) vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done) => done(null));
  const stuck = vi.fn();
  const taking = takeStill(track as never, USUAL, stuck).then(() => undefined, () => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  await taking;
  return [track!.getSettings().width, stuck.mock.calls.length];
}

const isBack = (wish: MediaTrackConstraints) => (wish.width as ConstrainULongRange).ideal !== LARGEST.width;

describe("After a still", () => {
  it("the camera has the size it had", async () => {
    expect(await shoot(() => false)).toEqual([1280, 0]);
  });

  it("a camera that refuses its frame rate then goes back in size", async () => {
    expect(await shoot((wish) => "frameRate" in wish)).toEqual([1280, 0]);
  });

  it("one that takes no way back has to be opened anew", async () => {
    expect(await shoot(isBack)).toEqual([3840, 1]);
  });

  it("one that says yes and stays large has to be opened anew", async () => {
    pc.resize = (id, wish) => {
      if (!isBack(wish) || !pc.device(id)!.size) pc.device(id)!.size = { width: (wish.width as ConstrainULongRange).ideal!, height: 0 };
    };
    expect(await shoot(() => false)).toEqual([3840, 1]);
  });

  it("that failed the camera is brought back all the same", async () => {
    expect(await shoot(() => false, true)).toEqual([1280, 0]);
  });
});

describe("A still", () => {
  it("of a track that is held back is not black, and leaves it as it was", async () => {
    const [track] = (await pc.getUserMedia({ video: USUAL })).getTracks();
    track!.enabled = false;
    const lit: boolean[] = [];
    vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async function (this: HTMLMediaElement) {
      lit.push((this.srcObject as unknown as FakeStream).getVideoTracks()[0]!.enabled);
    });
    const taking = takeStill(track as never, USUAL, () => undefined).then(() => undefined, () => undefined); // jsdom's pictures have no bytes
    await vi.advanceTimersByTimeAsync(10_000);
    await taking;
    expect([lit, track!.enabled, [...pc.open]]).toEqual([[true], false, [track]]);
  });
});
