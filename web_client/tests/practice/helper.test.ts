/** The practice PC with its helper, at the end of a line: what comes moves the model, and whose hand is stronger. */
import { beforeEach, describe, expect, it } from "vitest";

import { MONITOR, PracticeHelper } from "@/practice/helper";
import { BOXES } from "@/practice/layout";
import { PracticePc } from "@/practice/pc";

type Json = Record<string, unknown>;

let now: number;
let said: Json[];
let closed: boolean;
let helper: PracticeHelper;
let numbers: Record<string, number>;

function say(message: Json, g = "", s?: number): void {
  numbers[g] = s ?? (numbers[g] ?? 0) + 1;
  helper.hear(JSON.stringify({ v: 1, g, s: numbers[g], ...message }));
}

function grant(...scopes: string[]): void {
  say({ t: "gr", grant: "k-1", who: "李明", scopes, monitor: "practice", rev: 1, lasts_ms: 600_000 });
}

/** A point of the picture over a part of the window. */
function over(part: keyof typeof BOXES): { x: number; y: number; rev: number } {
  const { x, y } = BOXES[part];
  return { x: (helper.pc.windowAt.x + x + 20) / MONITOR.w, y: (helper.pc.windowAt.y + y + 20) / MONITOR.h, rev: 1 };
}

function click(part: keyof typeof BOXES): void {
  say({ t: "pd", b: 0, ...over(part) }, "k-1");
  say({ t: "pu", b: 0, ...over(part) }, "k-1");
}

const of = (t: string) => said.filter((message) => message.t === t);

beforeEach(() => {
  now = 50;
  said = [];
  closed = false;
  numbers = {};
  const line = { send: (text: string) => void said.push(JSON.parse(text) as Json), close: () => (closed = true) };
  helper = new PracticeHelper(new PracticePc(24, (text) => 10 * text.length), line, () => now);
  helper.begin("practice-key", "阿普");
});

describe("practice helper", () => {
  it("says who it is and which monitor it has, and numbers what it says", () => {
    expect(said.map(({ t, s }) => [t, s])).toEqual([["hi", 1], ["geo", 2]]);
    expect(said[0]).toMatchObject({ v: 1, g: "", key: "practice-key", name: "阿普" });
    expect(said[1]).toMatchObject({ rev: 1, monitors: [MONITOR] });
  });

  it("moves the PC as a grant lets it", () => {
    grant("pointer", "keyboard", "text");
    click("name");
    say({ t: "kd", c: "KeyA", k: "a" }, "k-1");
    say({ t: "ku", c: "KeyA", k: "a" }, "k-1");
    say({ t: "tx", text: "独龙江", mode: "ctrl_v" }, "k-1");
    click("agree");
    expect(helper.pc.fields.name.text).toBe("a独龙江");
    expect(helper.pc.agreed).toBe(true);
    expect(helper.shown.banner).toEqual({ who: "李明", paused: false });
  });

  it("does nothing beyond the scopes", () => {
    grant("draw");
    click("agree");
    expect(helper.pc.agreed).toBe(false);
    expect(of("er").map(({ code }) => code)).toEqual(["out_of_scope", "out_of_scope"]);
    say({ t: "sp", x: 0.5, y: 0.5, rev: 1 }, "k-1");
    say({ t: "dr", line: 1, points: [[0, 0], [1, 1]], rev: 1 }, "k-1");
    expect(helper.shown).toMatchObject({ pointer: { x: 640, y: 360 }, lines: [[{ x: 0, y: 0 }, { x: 1279, y: 719 }]] });
  });

  it("lets the PC's own user go first, and takes up again when they are quiet", () => {
    grant("pointer", "keyboard");
    say({ t: "kd", c: "ShiftLeft", k: "Shift" }, "k-1");
    helper.local({ what: "move", at: { x: 5, y: 5 } });
    expect(helper.pc.held).toEqual([]);
    expect(of("st").at(-1)).toMatchObject({ state: "paused_local", reason: "local_input" });
    click("agree");
    expect(helper.pc.agreed).toBe(false);
    now += 2;
    helper.pass();
    expect(of("st").at(-1)).toMatchObject({ state: "granted", reason: "local_quiet" });
    click("agree");
    expect(helper.pc.agreed).toBe(true);
  });

  it("ends on Escape three times, and on three seconds without a heartbeat", () => {
    grant("pointer");
    for (let n = 0; n < 3; n += 1) helper.local({ what: "key_down", code: "Escape" });
    expect(of("st").at(-1)).toMatchObject({ state: "revoked", reason: "escaped" });
    expect(helper.shown.banner).toBeNull();
    say({ t: "gr", grant: "k-2", who: "李明", scopes: ["pointer"], monitor: "practice", rev: 1, lasts_ms: 600_000 });
    now += 2.9;
    say({ t: "hb" }, "k-2");
    expect(of("ack").at(-1)).toMatchObject({ g: "k-2", last: 1, held: 0, state: "granted" });
    now += 3;
    helper.pass();
    expect(of("st").at(-1)).toMatchObject({ state: "revoked", reason: "silent" });
  });

  it("lets everything go when the line is cut", () => {
    grant("keyboard");
    say({ t: "kd", c: "ControlLeft", k: "Control" }, "k-1");
    helper.end();
    expect(helper.pc.held).toEqual([]);
    expect(closed).toBe(true);
  });

  it.each([["{"], ['{"v":2,"g":"","s":3,"t":"wl","minimum":"1"}'], ['{"v":1,"g":"","s":9,"t":"mk","shown":true}'], ['{"v":1,"g":"x","s":3,"t":"mk"}'], ["[]"]])(
    "cuts the line on %s",
    (text) => {
      grant("pointer");
      helper.hear(text);
      expect([closed, helper.state]).toEqual([true, "revoked"]);
    },
  );

  it("gives the clipboard when it is asked, and takes one", () => {
    grant("clipboard");
    say({ t: "cp", text: "530000" }, "k-1");
    say({ t: "cq" }, "k-1");
    expect(of("cr")).toEqual([expect.objectContaining({ g: "k-1", text: "530000" })]);
  });

  it("shows its monitor's colour while it is asked for", () => {
    say({ t: "mk", shown: true });
    expect(helper.shown.mark).toBe(MONITOR.colour);
    say({ t: "mk", shown: false });
    expect(helper.shown.mark).toBeNull();
  });
});
