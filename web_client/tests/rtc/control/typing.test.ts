import { beforeEach, describe, expect, it } from "vitest";
import { MAX_TEXT } from "@/protocol/control";
import { Typing, type TypingProgress } from "@/rtc/control/typing";

describe("Typing", () => {
  let sent: string[];
  let open: boolean;
  let steps: TypingProgress[];
  const start = (text: string) =>
    new Typing(text, "ctrl_v", ({ text: piece }) => (open ? sent.push(piece) * 10 : 0), (progress) => void steps.push(progress));
  const last = () => steps.at(-1)!;

  beforeEach(() => ([sent, open, steps] = [[], true, []]));

  it("sends a piece when the one before was typed, and says how far it is", () => {
    const typing = start("好".repeat(2 * MAX_TEXT + 1));
    expect(sent).toHaveLength(1);
    typing.reached(9);
    expect(sent).toHaveLength(1);
    typing.reached(11);
    expect([sent.length, last()]).toEqual([2, { done: MAX_TEXT, whole: 2 * MAX_TEXT + 1, state: "typing" }]);
    typing.reached(21);
    typing.reached(31);
    expect([sent.length, last()]).toEqual([3, { done: 2 * MAX_TEXT + 1, whole: 2 * MAX_TEXT + 1, state: "done" }]);
    typing.reached(41);
    expect(last().state).toBe("done");
  });

  it("stops at a piece that was refused, and not for another message's refusal", () => {
    const typing = start("好".repeat(MAX_TEXT + 1));
    typing.refused(9);
    expect(last().state).toBe("typing");
    typing.refused(10);
    typing.reached(10);
    expect([last(), sent.length]).toEqual([{ done: 0, whole: MAX_TEXT + 1, state: "refused" }, 1]);
  });

  it("stops when it is asked to, or when there is nobody to type", () => {
    const typing = start("好".repeat(MAX_TEXT + 1));
    typing.stop();
    typing.reached(10);
    expect([last().state, sent.length]).toEqual(["stopped", 1]);
    open = false;
    start("好");
    expect(last().state).toBe("stopped");
  });
});
