import { describe, expect, it } from "vitest";

import { exactSecond, secondsBetween, timeOfDay } from "@/components/common/times";

describe("times of a session", () => {
  it("never counts backwards", () => {
    expect(secondsBetween("2026-11-22T12:00:05Z", "2026-11-22T12:00:00Z")).toBe(0);
    expect(secondsBetween(1000, 4500)).toBe(3.5);
  });

  it("says the exact second in the browser's own time zone", () => {
    const at = new Date(2026, 10, 22, 9, 4, 7).toISOString();
    expect(timeOfDay(at)).toBe("09:04");
    expect(exactSecond(at)).toBe("2026-11-22 09:04:07");
  });
});
