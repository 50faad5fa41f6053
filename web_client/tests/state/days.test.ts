/** A day of a filter is the whole local day, as moments with a zone. */
import { describe, expect, it } from "vitest";
import { dayBegins, dayEnds } from "@/state/days";

describe("days", () => {
  it("last from their beginning to the next one's", () => {
    const [begin, end] = [dayBegins("2026-02-28"), dayEnds("2026-02-28")];
    expect(begin).toMatch(/Z$/);
    expect(new Date(begin ?? "").getHours()).toBe(0);
    expect([new Date(end ?? "").getMonth(), new Date(end ?? "").getDate()]).toEqual([2, 1]);
  });

  it("are not asked for when none is chosen", () => {
    expect([dayBegins(""), dayEnds("")]).toEqual([null, null]);
  });
});
