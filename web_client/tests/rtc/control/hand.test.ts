import { beforeEach, describe, expect, it } from "vitest";
import { MAX_POINTS, type ControllerUp, type Scope } from "@/protocol/control";
import { CHORDS } from "@/rtc/control/chords";
import { Hand } from "@/rtc/control/hand";

const ALL: Scope[] = ["pointer", "keyboard", "text", "clipboard", "draw"];
const on = () => true;

describe("Hand", () => {
  let sent: ControllerUp[];
  let frames: ((now: number) => void)[];
  let scopes: Scope[];
  let calm: boolean;
  let now: number;
  let hand: Hand;
  const types = () => sent.map(({ t }) => t);
  const frame = (ms = 16) => {
    now += ms;
    frames.splice(0).forEach((run) => run(now));
  };

  beforeEach(() => {
    [sent, frames, scopes, calm, now] = [[], [], ALL, true, 0];
    hand = new Hand({
      send: (message) => void sent.push(message),
      calm: () => calm,
      may: (scope) => scopes.includes(scope),
      rev: () => 3,
      nextFrame: (run) => void frames.push(run),
    });
  });

  it("sends at most one movement a frame, and at most 60 a second on a faster screen", () => {
    for (let at = 0; at < 1_000; at += 4) {
      hand.move([at / 1_000, 0.5]);
      if (at % 8 === 4) frame(8);
    }
    expect(sent.length).toBeGreaterThan(55);
    expect(sent.length).toBeLessThanOrEqual(63);
  });

  it("never sends a movement after the button that came after it", () => {
    hand.move([0.1, 0.1]);
    hand.press(0, [0.2, 0.2]);
    hand.move([0.3, 0.3]);
    hand.release(0, [0.4, 0.4]);
    frame();
    expect(types()).toEqual(["pm", "pd", "pm", "pu"]);
  });

  it("never sends a movement or a turn after the key that came after it", () => {
    hand.move([0.1, 0.1]);
    hand.turn({ deltaX: 0, deltaY: 100, deltaMode: 0 }, [0.1, 0.1]);
    hand.keyDown({ code: "KeyA", key: "a", repeat: false }, on);
    hand.move([0.1, 0.1]);
    hand.type("好", "ctrl_v");
    expect(types()).toEqual(["pm", "wh", "kd", "pm", "tx"]);
  });

  it("leaves movements out on a full line, and never a button or a key", () => {
    calm = false;
    for (let at = 0; at < 10; at += 1) {
      hand.move([at / 10, 0.5]);
      frame();
    }
    expect(sent).toEqual([]);
    hand.press(0, [0.5, 0.5]);
    hand.move([0.6, 0.6]);
    hand.keyDown({ code: "KeyA", key: "a", repeat: false }, on);
    hand.keyUp({ code: "KeyA" });
    hand.release(0, [0.7, 0.7]);
    expect(types()).toEqual(["pd", "kd", "ku", "pu"]);
    hand.move([0.8, 0.8]);
    calm = true;
    frame();
    expect(sent.at(-1)).toMatchObject({ t: "pm", x: 0.8 });
  });

  it("sends nothing outside the scopes, for that would end the grant", () => {
    scopes = [];
    hand.move([0, 0]);
    hand.turn({ deltaX: 0, deltaY: 100, deltaMode: 0 }, [0, 0]);
    hand.press(0, [0, 0]);
    hand.release(0, [0, 0]);
    hand.keyDown({ code: "KeyA", key: "a", repeat: false }, on);
    hand.keyUp({ code: "KeyA" });
    hand.strike(CHORDS.close_tab);
    hand.type("好", "ctrl_v");
    hand.point([0, 0]);
    hand.point(null);
    hand.beginLine([0, 0]);
    hand.drawTo([0, 0]);
    hand.wipe();
    frame();
    expect(sent).toEqual([]);
  });

  it("lets go of a button once, however often it is told, and of none it never pressed", () => {
    hand.release(0, [0, 0]);
    hand.press(3, [0, 0]);
    hand.press(2, [0, 0]);
    hand.release(2, [1, 1]);
    hand.release(2, [1, 1]);
    expect(sent).toEqual([
      { t: "pd", b: 2, x: 0, y: 0, rev: 3 },
      { t: "pu", b: 2, x: 1, y: 1, rev: 3 },
    ]);
  });

  it("lets everything go, and sends no release of it afterwards", () => {
    hand.press(0, [0, 0]);
    hand.keyDown({ code: "ShiftLeft", key: "Shift", repeat: false }, on);
    hand.move([0.5, 0.5]);
    hand.letGo();
    frame();
    hand.keyUp({ code: "ShiftLeft" });
    hand.release(0, [0, 0]);
    expect(types()).toEqual(["pd", "kd", "ra"]);
  });

  it("lets everything go when the pointer is taken away in the middle of a press, and only then", () => {
    hand.letGoButtons();
    hand.press(0, [0, 0]);
    hand.letGoButtons();
    expect(types()).toEqual(["pd", "ra"]);
  });

  it("makes up for the release of a modifier that was lost, before the next key", () => {
    hand.keyDown({ code: "AltLeft", key: "Alt", repeat: false }, on);
    hand.keyDown({ code: "KeyA", key: "a", repeat: false }, () => false);
    expect(types()).toEqual(["kd", "ku", "kd"]);
    hand.keyDown({ code: "ControlLeft", key: "Control", repeat: false }, on);
    hand.noteModifiers(() => false);
    expect(sent.at(-1)).toMatchObject({ t: "ku", c: "ControlLeft" });
  });

  it("strikes what browsers keep, and lets it go in the opposite order", () => {
    hand.strike(CHORDS.switch_window);
    expect(sent.map((one) => `${one.t} ${"c" in one ? one.c : ""}`)).toEqual(["kd AltLeft", "kd Tab", "ku Tab", "ku AltLeft"]);
  });

  it("shows the pointer each frame, and takes it away at once", () => {
    hand.point([0.1, 0.1]);
    hand.point([0.2, 0.2]);
    frame();
    hand.point([0.3, 0.3]);
    hand.point(null);
    frame();
    expect(types()).toEqual(["sp", "sh"]);
    expect(sent[0]).toMatchObject({ x: 0.2 });
  });

  it("draws lines that are told apart, in as few messages as hold their points", () => {
    hand.beginLine([0, 0]);
    for (let at = 0; at < MAX_POINTS; at += 1) hand.drawTo([at / MAX_POINTS, 0.5]);
    frame();
    hand.beginLine([0.5, 0.5]);
    frame();
    hand.wipe();
    expect(types()).toEqual(["dr", "dr", "dr", "dc"]);
    const lines = sent.flatMap((one) => (one.t === "dr" ? [[one.line, one.points.length]] : []));
    expect(lines).toEqual([[1, MAX_POINTS], [1, 1], [2, 1]]);
  });
});
