/** The table is whole: whatever can be read has words, and whatever is waited for has an end to its waiting. */
import { describe, expect, it } from "vitest";
import { ON_EVENT, WHILE_FAILED, waitBefore } from "@/rtc/deviceTable";
import type { FailureCode } from "@/rtc/failures";
import { relaxed, wishes } from "@/rtc/constraints";
import en from "@/locales/en/devices.json";
import zh from "@/locales/zh-CN/devices.json";

const failures = Object.keys(WHILE_FAILED) as FailureCode[];
const read = [...failures, "silenced", "minimised", "instead", ...Object.values(ON_EVENT).flatMap(({ sees }) => sees ?? [])];

describe("The table of device events", () => {
  it.each([["zh-CN", zh], ["en", en]])("has words and a remedy for all that is read, in %s", (_, words) => {
    const spoken = read.filter((code) => code !== "cancelled");
    expect(spoken.filter((code) => !(code in words.failure) || !(code in words.remedy))).toEqual([]);
  });

  it.each(failures)("tries %s again by time only where time is a chance, and not ever faster", (failure) => {
    const { chances, again } = WHILE_FAILED[failure];
    expect(again.length > 0).toBe(chances.includes("time"));
    expect([...again].sort((a, b) => a - b)).toEqual(again);
  });

  it("waits for another program for as long as the device is wanted, and for a plug for a while only", () => {
    expect([waitBefore("in_use", 0), waitBefore("in_use", 500)]).toEqual([2_000, 10_000]);
    expect([waitBefore("unplugged", 0), waitBefore("unplugged", 3), waitBefore("refused", 0)]).toEqual([1_000, null, null]);
  });
});

describe("What is asked of a device that refuses", () => {
  it("gives up what it names, one by one, and never which device it is", () => {
    const first = wishes("camera", "cam-1");
    const second = relaxed(first, "frameRate")!;
    expect(Object.keys(second).sort()).toEqual(["deviceId", "height", "width"]);
    expect(relaxed(second, "")).toEqual({ deviceId: { exact: "cam-1" } });
    expect([relaxed({ deviceId: { exact: "cam-1" } }, ""), relaxed(first, "deviceId")]).toEqual([null, null]);
  });
});
