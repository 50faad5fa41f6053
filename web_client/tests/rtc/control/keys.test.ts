import { describe, expect, it } from "vitest";
import { HeldKeys } from "@/rtc/control/keys";

const press = (code: string, key = code, repeat = false) => ({ code, key, repeat });
const codes = (messages: { t: string; c: string }[]) => messages.map(({ t, c }) => `${t} ${c}`);

describe("HeldKeys", () => {
  it("tells each press and release once, and no repeat", () => {
    const keys = new HeldKeys();
    expect(keys.down(press("KeyA", "a"))).toEqual([{ t: "kd", c: "KeyA", k: "a" }]);
    expect(keys.down(press("KeyA", "a", true))).toEqual([]);
    expect(keys.down(press("KeyA", "a"))).toEqual([]);
    expect(keys.up(press("KeyA", "A"))).toEqual([{ t: "ku", c: "KeyA", k: "a" }]);
    expect(keys.up(press("KeyA"))).toEqual([]);
  });

  it("leaves keys without a place alone, and names too long for the wire are cut", () => {
    const keys = new HeldKeys();
    expect([...keys.down(press("")), ...keys.down(press("Unidentified"))]).toEqual([]);
    expect(keys.down(press("KeyB", "𝔅".repeat(40)))[0]!.k).toBe("𝔅".repeat(32));
  });

  it("makes AltGr of the Control and Alt that Windows tells", () => {
    const keys = new HeldKeys();
    keys.down(press("ControlLeft", "Control"));
    expect(codes(keys.down(press("AltRight", "AltGraph")))).toEqual(["ku ControlLeft", "kd AltRight"]);
    expect(keys.up(press("ControlLeft"))).toEqual([]);
    expect(codes(keys.up(press("AltRight")))).toEqual(["ku AltRight"]);
  });

  it("lets everything go with Command, while which macOS tells no release", () => {
    const keys = new HeldKeys();
    keys.down(press("MetaLeft", "Meta"));
    keys.down(press("KeyC", "c"));
    expect(codes(keys.up(press("MetaLeft")))).toEqual(["ku MetaLeft", "ku KeyC"]);
  });

  it("lets modifiers go whose release went to another program", () => {
    const keys = new HeldKeys();
    keys.down(press("AltLeft", "Alt"));
    keys.down(press("ShiftLeft", "Shift"));
    expect(codes(keys.reconcile((name) => name === "Shift"))).toEqual(["ku AltLeft"]);
    expect(keys.reconcile(() => false, "ShiftLeft")).toEqual([]);
  });

  it("knows AltGr by either state", () => {
    const keys = new HeldKeys();
    keys.down(press("AltRight", "AltGraph"));
    expect(keys.reconcile((name) => name === "AltGraph")).toEqual([]);
    expect(codes(keys.reconcile(() => false))).toEqual(["ku AltRight"]);
  });

  it.each([
    [["ControlLeft", "AltLeft", "ShiftLeft"], true],
    [["ControlRight", "AltRight", "ShiftRight"], true],
    [["ControlLeft", "AltLeft"], false],
    [["ControlLeft", "AltLeft", "ShiftLeft", "KeyA"], false],
  ])("%j gives the keyboard back: %s", (held, leaves) => {
    const keys = new HeldKeys();
    held.forEach((code) => keys.down(press(code)));
    expect(keys.isLeaving()).toBe(leaves);
  });

  it("knows Super by its older name", () => {
    expect(codes(new HeldKeys().down(press("OSLeft", "OS")))).toEqual(["kd MetaLeft"]);
  });
});
