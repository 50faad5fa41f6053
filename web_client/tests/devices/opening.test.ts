import { createPinia, setActivePinia } from "pinia";
import { nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("@/rtc/meter", () => ({ LevelMeter: class { level = () => 0; stop = () => undefined } }));
vi.mock("@/rtc/chime", () => ({ trySound: async () => true }));

import CameraTile from "@/components/devices/CameraTile.vue";
import MicrophoneTest from "@/components/devices/MicrophoneTest.vue";
import { useDevices } from "@/state/devices";
import { FakePc, FakeStream } from "../support/fakeCapture";
import { show, type Shown } from "../session/mount";

let pc: FakePc;
/** What answers the prompts of the devices asked for, in order. */
let prompts: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", FakeStream);
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  localStorage.clear();
  pc = new FakePc();
  Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: pc });
  setActivePinia(createPinia());
  prompts = [];
  pc.before(() => new Promise((resolve) => prompts.push(resolve)));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const pass = () => vi.advanceTimersByTimeAsync(10);
const open = () => [...pc.open].map(({ deviceId }) => deviceId);

async function microphone(): Promise<Shown> {
  const shown = show(MicrophoneTest, {});
  await pass();
  return shown;
}

describe("The device test", () => {
  it("holds only the microphone chosen last, whatever opens first", async () => {
    pc.devices.push({ deviceId: "mic-2", kind: "audioinput", label: "另一个" });
    const shown = await microphone();
    useDevices().choose("microphone", "mic-2");
    await nextTick();
    await pass();
    prompts.reverse().forEach((answer) => answer());
    await pass();
    expect(open()).toEqual(["mic-2"]);
    shown.unmount();
    expect([open(), vi.getTimerCount()]).toEqual([[], 0]);
  });

  it("lets a microphone go that opens after the page was left", async () => {
    const shown = await microphone();
    shown.unmount();
    prompts.forEach((answer) => answer());
    await pass();
    expect([open(), vi.getTimerCount()]).toEqual([[], 0]);
  });

  it("lets a camera go that opens after its tile went", async () => {
    const camera = { id: "cam-1", label: "摄像头", sample: false };
    const shown = show(CameraTile, { camera, face: false, desk: false });
    await pass();
    shown.unmount();
    prompts.forEach((answer) => answer());
    await pass();
    expect(open()).toEqual([]);
  });
});
