import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { titleAt, WindowTitle } from "@/state/windowTitle";

describe("titleAt", () => {
  it("starts with the alert and alternates with the page's own title", () => {
    expect([0, 1, 2, 3].map((step) => titleAt(step, "ring", "own"))).toEqual(["ring", "own", "ring", "own"]);
  });
});

describe("WindowTitle", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    document.title = "own";
  });
  afterEach(() => void vi.useRealTimers());

  it("shows the alert at once, without waiting for a timer of a hidden tab", () => {
    new WindowTitle().flash("ring");
    expect(document.title).toBe("ring");
  });

  it("puts the own title back whichever step it stops at", () => {
    const title = new WindowTitle();
    title.flash("ring");
    vi.advanceTimersByTime(2000);
    expect(document.title).toBe("ring");
    title.calm();
    expect(document.title).toBe("own");
  });

  it("keeps the own title when a second ring replaces the first", () => {
    const title = new WindowTitle();
    title.flash("first");
    title.flash("second");
    expect(document.title).toBe("second");
    title.calm();
    expect(document.title).toBe("own");
  });

  it("takes a new name while it rings, and shows it when the ringing ends", () => {
    const title = new WindowTitle();
    title.flash("ring");
    title.name("renamed");
    expect(document.title).toBe("ring");
    title.calm();
    expect(document.title).toBe("renamed");
  });
});
