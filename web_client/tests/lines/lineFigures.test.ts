/** Lines in words and shapes. */
import { describe, expect, it } from "vitest";
import { figuresOf, indexAt, newestOf, runsOf, sentence } from "@/components/lines/lineFigures";
import type { LineView } from "@/protocol/generated";

const t = (key: string, values?: Record<string, unknown>) => (values ? `${key}:${Object.values(values).join()}` : key);
const nothing = [null, null, null, null];

export const line: LineView = {
  participant_id: "clerk", name: "王秀英", part: "clerk", direction: "recv", step_ms: 2000, began_at: "2026-11-28T02:00:02Z",
  at_ms: [0, 2000, 4100, 12_000],
  opinion: [4.41, 4.4, 2.5, null], level: ["good", "good", "bad", "weak"], kbps: [500, 510, 200, 100],
  lost: [0, 1, 120, 30], sound_lost: [0, 0, 90, null], rtt_ms: [40, 41, 300, null], jitter_ms: [5, 5, 60, null], layer: [null, null, -1, 0],
  made_up: [0, null, 88, null], freezes: [0, null, 1, null], freeze_ms: [0, null, 1500, null], frames: [60, null, 12, null], buffer_ms: [60, null, 200, null],
};

describe("the figures of a moment", () => {
  it("name all that is known, and what the page itself told", () => {
    const figures = figuresOf(line, 2, t);
    expect(figures.map((one) => one.key)).toEqual(["opinion", "kbps", "lost", "sound", "rtt", "jitter", "layer", "freeze", "made_up", "frames", "buffer"]);
    expect(figures.filter((one) => one.reported).map((one) => one.key)).toEqual(["freeze", "made_up", "frames", "buffer"]);
    expect(figures.find((one) => one.key === "lost")?.words).toBe("lines.unit.percent:12");
    expect(figures.find((one) => one.key === "freeze")?.words).toBe("lines.freeze:75");
    expect(figures.find((one) => one.key === "layer")?.words).toBe("lines.unit.held");
  });

  it("leave out what nobody knows, and give no score without sound", () => {
    expect(figuresOf(line, 3, t).map((one) => one.key)).toEqual(["opinion", "kbps", "lost", "layer"]);
    expect(sentence(line, 3, t)).toContain("lines.noScore");
  });
});

describe("a line through time", () => {
  it("is drawn in stretches of one level, and a gap is none", () => {
    expect(runsOf(line)).toEqual([
      { level: "good", from: -2000, to: 2000 },
      { level: "bad", from: 2000, to: 4100 },
      { level: "weak", from: 10_000, to: 12_000 },
    ]);
    expect(runsOf({ ...line, at_ms: [], level: [], opinion: nothing.slice(4) })).toEqual([]);
  });

  it("is read at its newest value where nothing else is chosen", () => {
    expect(indexAt(line, newestOf(line))).toBe(3);
    expect(newestOf({ ...line, at_ms: [] })).toBe(0);
  });

  it("has a value at a moment, or none within a gap and after its end", () => {
    expect([-1500, 1000, 2000, 3000, 8000, 11_000, 13_000].map((at) => indexAt(line, at))).toEqual([0, 1, 1, 2, null, 3, null]);
  });
});
