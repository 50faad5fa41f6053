import { describe, expect, it } from "vitest";
import { PointerQueue } from "@/rtc/control/pointer";

const wheel = (deltaY: number, deltaMode = 0, deltaX = 0) => ({ deltaX, deltaY, deltaMode });

describe("PointerQueue", () => {
  it("keeps the newest place only", () => {
    const queue = new PointerQueue();
    queue.move([0.1, 0.1]);
    queue.move([0.2, 0.3]);
    expect(queue.take(7)).toEqual([{ t: "pm", x: 0.2, y: 0.3, rev: 7 }]);
    expect([queue.some, queue.take(7)]).toEqual([false, []]);
  });

  it.each([
    ["pixels", wheel(100), 120],
    ["lines", wheel(3, 1), 120],
    ["pages", wheel(1, 2), 360],
    ["upwards", wheel(-100), -120],
    ["more than a message holds", wheel(5_000), 1_200],
    ["a mode nobody knows", wheel(5_000, 9), null],
  ])("counts notches of %s", (_what, turn, dy) => {
    const queue = new PointerQueue();
    queue.turn(turn, [0.5, 0.5]);
    expect(queue.take(1)).toEqual(dy === null ? [] : [{ t: "wh", dx: 0, dy, x: 0.5, y: 0.5, rev: 1 }]);
  });

  it("merges the turns of one frame, at the last place", () => {
    const queue = new PointerQueue();
    queue.turn(wheel(50, 0, 25), [0.1, 0.1]);
    queue.turn(wheel(50, 0, 25), [0.2, 0.2]);
    expect(queue.take(1)).toEqual([{ t: "wh", dx: 60, dy: 120, x: 0.2, y: 0.2, rev: 1 }]);
  });

  it("adds up what is less than a unit", () => {
    const queue = new PointerQueue();
    let whole = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      queue.turn(wheel(0.5), [0.5, 0.5]);
      for (const message of queue.take(1)) whole += message.t === "wh" ? message.dy : 0;
    }
    expect(whole).toBeGreaterThanOrEqual(59);
    expect(whole).toBeLessThanOrEqual(60);
  });
});
