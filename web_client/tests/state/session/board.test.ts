import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { signal } from "@/protocol/socket";
import { Board } from "@/state/session/board";

describe("Board", () => {
  const pen = { color: "#C9342B", width: 0.004, done: false };
  let sent: [string, Record<string, unknown>][] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    vi.spyOn(signal, "emitCommand").mockImplementation((name, body) => {
      sent.push([name, body as Record<string, unknown>]);
      return Promise.resolve({}) as never;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("shows a stroke at once and sends its points in few messages", () => {
    const board = new Board(() => "call", () => "me");
    for (let x = 0; x < 10; x += 1) board.draw("desk", "s1", [[x / 10, 0.5]], pen);
    expect(board.strokes("desk")[0]?.points).toHaveLength(10);
    vi.advanceTimersByTime(100);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.[1].points).toHaveLength(10);
  });

  it("stays under 20 messages a second with stroke and pointer together", () => {
    const board = new Board(() => "call", () => "me");
    for (let at = 0; at < 1000; at += 10) {
      board.draw("desk", "s1", [[at / 1000, 0.5]], pen);
      board.point("desk", at / 1000, 0.5);
      vi.advanceTimersByTime(10);
    }
    expect(sent.length).toBeLessThanOrEqual(20);
  });

  it("repeats the last point when a stroke ends without a new one: a message needs a point", () => {
    const board = new Board(() => "call", () => "me");
    board.draw("desk", "s1", [[0.2, 0.3]], pen);
    vi.advanceTimersByTime(100);
    board.draw("desk", "s1", [], { ...pen, done: true });
    vi.advanceTimersByTime(100);
    expect(sent[1]?.[1]).toMatchObject({ done: true, points: [[0.2, 0.3]] });
  });

  it("splits what is longer than a message and ends only with the last part", () => {
    const board = new Board(() => "call", () => "me");
    const points = Array.from({ length: 450 }, (_, at): [number, number] => [at / 450, 0]);
    board.draw("desk", "s1", points, { ...pen, done: true });
    vi.advanceTimersByTime(1000);
    expect(sent.map(([, body]) => [(body.points as unknown[]).length, body.done])).toEqual([[200, false], [200, false], [50, true]]);
  });

  it("sends nothing of what was drawn or pointed at when the session was left", () => {
    const board = new Board(() => "call", () => "me");
    board.draw("desk", "s1", [[0.2, 0.3]], pen);
    board.point("desk", 0.5, 0.5);
    board.stop();
    vi.advanceTimersByTime(1000);
    expect([sent, vi.getTimerCount()]).toEqual([[], 0]);
    expect(board.strokes("desk")).toHaveLength(1);
  });

  it("joins the parts of somebody else's stroke", () => {
    const board = new Board(() => "call", () => "me");
    const part = { stroke_id: "s", producer_id: "desk", participant_id: "li", color: "#C9342B", width: 0.01, done: false };
    board.append({ ...part, points: [[0, 0]] });
    board.append({ ...part, points: [[1, 1]], done: true });
    expect(board.strokes("desk")).toMatchObject([{ points: [[0, 0], [1, 1]], done: true }]);
  });
});
