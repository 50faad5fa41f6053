import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TitleFlash, titleAt } from "@/state/titleFlash";

describe("titleAt", () => {
  it("starts with the alert and alternates with the page's own title", () => {
    expect([0, 1, 2, 3].map((step) => titleAt(step, "ring", "own"))).toEqual(["ring", "own", "ring", "own"]);
  });
});

describe("TitleFlash", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    document.title = "own";
  });
  afterEach(() => void vi.useRealTimers());

  it("shows the alert at once, without waiting for a timer of a hidden tab", () => {
    new TitleFlash().start("ring");
    expect(document.title).toBe("ring");
  });

  it("puts the own title back whichever step it stops at", () => {
    const flash = new TitleFlash();
    flash.start("ring");
    vi.advanceTimersByTime(2000);
    expect(document.title).toBe("ring");
    flash.stop();
    expect(document.title).toBe("own");
  });

  it("keeps the own title when a second ring replaces the first", () => {
    const flash = new TitleFlash();
    flash.start("first");
    flash.start("second");
    expect(document.title).toBe("second");
    flash.stop();
    expect(document.title).toBe("own");
  });
});
