import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import MediaBar from "@/components/session/MediaBar.vue";
import type { DeviceButton } from "@/components/session/types";

import { show } from "./mount";

const devices: DeviceButton[] = [
  { track: "microphone", state: "on" },
  { track: "camera", state: "failed", sentence: "设备正被别的程序占用" },
];

describe("MediaBar", () => {
  let bar: ReturnType<typeof show>;
  beforeEach(() => {
    vi.useFakeTimers();
    bar = show(MediaBar, { devices, ending: false }, ["end"]);
  });
  afterEach(() => {
    bar.unmount();
    vi.useRealTimers();
  });

  it("ends after a moment for second thoughts", async () => {
    await bar.click("bar-end");
    expect(bar.emitted("end")).toEqual([]);
    vi.advanceTimersByTime(3000);
    expect(bar.emitted("end")).toHaveLength(1);
  });

  it("does not end when the press is taken back", async () => {
    await bar.click("bar-end");
    await bar.click("bar-end");
    vi.advanceTimersByTime(10_000);
    expect(bar.emitted("end")).toEqual([]);
  });

  it("says what is wrong with one device and leaves the others alone", () => {
    expect(bar.get("trouble-camera").textContent).toContain("设备正被别的程序占用");
    expect(bar.get("bar-microphone").dataset.state).toBe("on");
  });
});
