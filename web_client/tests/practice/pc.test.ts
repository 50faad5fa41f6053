/** The practice PC does what a PC does; a letter is 10 px wide here, a Chinese one 20. */
import { describe, expect, it } from "vitest";

import { BOXES, LIST_ROW_H, mostListTop, PADDING, ROW_H, SCREEN, STOPS, thumbOf, type Spot, type Stop } from "@/practice/layout";
import { PracticePc } from "@/practice/pc";
import { erase, insert, offsetIn, rowsOf, step, type Edited } from "@/practice/text";

const ITEMS = 24;
const measure = (words: string) => [...words].reduce((sum, letter) => sum + (letter > "⺀" ? 20 : 10), 0);

function pc(): PracticePc {
  return new PracticePc(ITEMS, measure);
}

/** A spot of the screen within a part of the window. */
function spot(one: PracticePc, stop: Stop, dx = 20, dy = 20): Spot {
  return { x: one.windowAt.x + BOXES[stop].x + dx, y: one.windowAt.y + BOXES[stop].y + dy };
}

function click(one: PracticePc, at: Spot): void {
  one.move(at);
  one.buttonDown(0);
  one.buttonUp(0);
}

function press(one: PracticePc, ...codes: string[]): void {
  codes.forEach((code) => one.keyDown(code, 0));
  [...codes].reverse().forEach((code) => one.keyUp(code));
}

function type(one: PracticePc, word: string): void {
  [...word].forEach((letter) => press(one, ...(letter >= "A" && letter <= "Z" ? ["ShiftLeft"] : []), `Key${letter.toUpperCase()}`));
}

const words = (one: PracticePc, field: "name" | "phone" | "memo") => one.fields[field].text;

describe("typing", () => {
  it("goes where it was clicked, and nowhere before", () => {
    const one = pc();
    type(one, "lost");
    click(one, spot(one, "name"));
    type(one, "LiMing");
    expect(words(one, "name")).toBe("LiMing");
    expect(words(one, "phone") + words(one, "memo")).toBe("");
  });

  it.each([
    [["Digit1"], "1"],
    [["ShiftLeft", "Digit2"], "@"],
    [["ShiftRight", "Slash"], "?"],
    [["Space"], " "],
    [["CapsLock", "KeyA"], "A"],
    [["AltLeft", "KeyA"], ""],
    [["F5"], ""],
  ])("%j types %j", (codes, typed) => {
    const one = pc();
    click(one, spot(one, "name"));
    press(one, ...codes);
    expect(words(one, "name")).toBe(typed);
  });

  it("erases before and after the caret, whole characters", () => {
    const one = pc();
    click(one, spot(one, "name"));
    one.paste("汉𠮷字");
    press(one, "ArrowLeft");
    press(one, "Backspace");
    expect(words(one, "name")).toBe("汉字");
    press(one, "Delete");
    expect(words(one, "name")).toBe("汉");
  });

  it("breaks lines in the long text only; Enter in a field sends the form", () => {
    const one = pc();
    click(one, spot(one, "memo"));
    press(one, "KeyA");
    press(one, "Enter");
    press(one, "KeyB");
    expect(words(one, "memo")).toBe("a\nb");
    click(one, spot(one, "phone"));
    press(one, "Enter");
    expect([words(one, "phone"), one.submitted]).toEqual(["", 1]);
    one.paste("a\r\nb");
    expect(words(one, "phone")).toBe("a b");
  });

  it("walks with Tab and back", () => {
    const one = pc();
    const walk = STOPS.map(() => (press(one, "Tab"), one.focus));
    expect(walk).toEqual([...STOPS]);
    press(one, "ShiftLeft", "Tab");
    expect(one.focus).toBe("submit");
  });

  it("repeats a held key until it is let go, and never after", () => {
    const one = pc();
    click(one, spot(one, "name"));
    one.keyDown("KeyA", 10);
    one.pass(10.4);
    expect(words(one, "name")).toBe("a");
    one.pass(10.5);
    one.pass(10.54);
    one.keyUp("KeyA");
    one.pass(99);
    expect(words(one, "name")).toBe("aaa");
    expect(one.held).toEqual([]);
  });

  it("takes no more than fits", () => {
    const one = pc();
    click(one, spot(one, "memo"));
    for (let n = 0; n < 5; n += 1) one.paste("字".repeat(1_000));
    expect(words(one, "memo")).toHaveLength(4_000);
  });
});

describe("the caret", () => {
  it("goes to where was clicked, selects by dragging, and copies, cuts and pastes", () => {
    const one = pc();
    click(one, spot(one, "name"));
    one.paste("abcdef");
    one.move(spot(one, "name", PADDING + 10));
    one.buttonDown(0);
    one.move(spot(one, "name", PADDING + 40));
    one.buttonUp(0);
    press(one, "ControlLeft", "KeyC");
    expect(one.clipboard).toBe("bcd");
    press(one, "ControlLeft", "KeyX");
    expect(words(one, "name")).toBe("aef");
    press(one, "End");
    press(one, "ControlLeft", "KeyV");
    press(one, "ShiftLeft", "Insert");
    expect(words(one, "name")).toBe("aefbcdbcd");
    press(one, "ControlLeft", "KeyA");
    type(one, "z");
    expect(words(one, "name")).toBe("z");
  });

  it("keeps its column going up and down, and is scrolled to", () => {
    const one = pc();
    click(one, spot(one, "memo"));
    one.paste(Array.from({ length: 20 }, (_, n) => `line ${n}`).join("\n"));
    expect(one.memoTop).toBe(13);
    press(one, "Home");
    press(one, "ArrowUp");
    press(one, "ControlLeft", "Home");
    expect([one.memoTop, one.fields.memo.caret]).toEqual([0, 0]);
    press(one, "ArrowRight");
    press(one, "ArrowDown");
    expect(one.fields.memo.caret).toBe("line 0\nl".length);
  });

  it("selects with Shift and gives the selection up at its end", () => {
    let one: Edited = insert({ text: "", caret: 0, anchor: 0 }, "abc");
    one = step(step(one, -1, true), -1, true);
    expect([one.caret, one.anchor]).toEqual([1, 3]);
    expect(step(one, 1, false).caret).toBe(3);
    expect(erase(one, 1).text).toBe("a");
  });
});

describe("rows", () => {
  it("break between any two characters and at each new line", () => {
    const text = "汉字汉字ab\n\nc";
    const rows = rowsOf(text, 60, measure).map(({ from, to }) => text.slice(from, to));
    expect(rows).toEqual(["汉字汉", "字ab", "", "c"]);
  });

  it("know the nearest gap between characters", () => {
    const row = { from: 0, to: 2 };
    expect([-5, 9, 11, 29, 31, 500].map((x) => offsetIn("汉字", row, x, measure))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe("the window", () => {
  it("is dragged by its title and stays within reach", () => {
    const one = pc();
    const from = one.windowAt;
    one.move({ x: from.x + 100, y: from.y + 10 });
    one.buttonDown(0);
    one.move({ x: from.x + 150, y: from.y + 40 });
    expect(one.windowAt).toEqual({ x: from.x + 50, y: from.y + 30 });
    one.move({ x: 9_999, y: 9_999 });
    one.buttonUp(0);
    expect(one.windowAt.x).toBeLessThan(SCREEN.w);
    one.move({ x: 0, y: 0 });
    expect(one.windowAt.x).toBe(SCREEN.w - 120);
  });

  it("scrolls the list by wheel, thumb and track, and no further than it goes", () => {
    const one = pc();
    one.move(spot(one, "list"));
    one.wheel(120);
    expect(one.listTop).toBe(2 * LIST_ROW_H);
    one.wheel(-9_999);
    expect(one.listTop).toBe(0);
    const thumb = thumbOf(0, ITEMS);
    one.move({ x: one.windowAt.x + thumb.x + 5, y: one.windowAt.y + thumb.y + 5 });
    one.buttonDown(0);
    one.move({ x: 0, y: SCREEN.h });
    one.buttonUp(0);
    expect(one.listTop).toBe(mostListTop(ITEMS));
    one.move({ x: one.windowAt.x + thumb.x + 5, y: one.windowAt.y + BOXES.list.y + 2 });
    one.buttonDown(0);
    expect(one.listTop).toBeLessThan(mostListTop(ITEMS));
  });

  it("chooses from the list where it was clicked, and by arrows that scroll along", () => {
    const one = pc();
    click(one, spot(one, "list", 20, LIST_ROW_H * 2 + 3));
    expect(one.chosen).toBe(2);
    for (let n = 0; n < 30; n += 1) press(one, "ArrowDown");
    expect([one.chosen, one.listTop]).toEqual([ITEMS - 1, mostListTop(ITEMS)]);
    press(one, "Home");
    expect([one.chosen, one.listTop]).toEqual([0, 0]);
  });

  it("ticks and sends where the button was pressed and let go", () => {
    const one = pc();
    click(one, spot(one, "agree"));
    expect(one.agreed).toBe(true);
    one.move(spot(one, "submit"));
    one.buttonDown(0);
    expect(one.submitHeld).toBe(true);
    one.move({ x: 5, y: 5 });
    one.buttonUp(0);
    expect(one.submitted).toBe(0);
    click(one, spot(one, "submit"));
    expect(one.submitted).toBe(1);
    one.move(spot(one, "submit"));
    one.buttonDown(2);
    one.buttonUp(2);
    expect(one.submitted).toBe(1);
  });

  it("scrolls the long text under the pointer only", () => {
    const one = pc();
    click(one, spot(one, "memo"));
    one.paste("\n".repeat(30));
    one.wheel(-1_200);
    expect(one.memoTop).toBe(4);
    one.move({ x: 5, y: 5 });
    one.wheel(-1_200);
    expect(one.memoTop).toBe(4);
    one.move(spot(one, "memo", 20, ROW_H));
    one.wheel(-1_200);
    expect(one.memoTop).toBe(0);
  });
});
