/**
 * The practice PC (练习电脑): one window with a form, a long text and a list, as a model that pointer, wheel, keys and
 * texts change. It has no canvas and no clock; `draw` shows it, and whose hand it is makes no difference to it.
 */
import { MODIFIERS, typed } from "@/practice/keys";
import {
  BOXES,
  clamp,
  FIELDS,
  keptOnScreen,
  LIST_ROW_H,
  MEMO_ROWS,
  mostListTop,
  PADDING,
  partAt,
  ROW_H,
  STOPS,
  thumbOf,
  WINDOW_AT,
  type FieldName,
  type Part,
  type Spot,
  type Stop,
} from "@/practice/layout";
import * as text from "@/practice/text";
import type { Edited, Measure, Row } from "@/practice/text";

/** A key that is held types again after this long, and then this often, in s: the PC's own repeat. */
const REPEAT_AFTER_S = 0.5;
const REPEAT_EVERY_S = 0.04;
const WHEEL_LIST_PX = 2 * LIST_ROW_H;
const WHEEL_MEMO_ROWS = 2;
const MOST_LETTERS = 4_000;

type Drag = { what: "title"; dx: number; dy: number } | { what: "thumb"; dy: number } | { what: "text"; field: FieldName };

export class PracticePc {
  windowAt: Spot = WINDOW_AT;
  pointer: Spot = { x: 640, y: 360 };
  focus: Stop | null = null;
  readonly fields: Record<FieldName, Edited> = { name: text.EMPTY, phone: text.EMPTY, memo: text.EMPTY };
  memoTop = 0;
  listTop = 0;
  chosen: number | null = null;
  agreed = false;
  /** How often the form was sent off. */
  submitted = 0;
  clipboard = "";
  private pressedOn: Part | null = null;
  private drag: Drag | null = null;
  private readonly keys = new Set<string>();
  private capsLock = false;
  private repeating: { code: string; at: number } | null = null;

  /**
   * @param items how many rows the list has
   * @param measure width of a text in the fields' type
   */
  constructor(
    private readonly items: number,
    readonly measure: Measure,
  ) {}

  /** True while the left button is down on 提交. */
  get submitHeld(): boolean {
    return this.pressedOn === "submit";
  }

  move(spot: Spot): void {
    this.pointer = spot;
    const { drag } = this;
    if (!drag) return;
    if (drag.what === "title") this.windowAt = keptOnScreen({ x: spot.x - drag.dx, y: spot.y - drag.dy });
    else if (drag.what === "thumb") this.dragThumb(drag.dy);
    else this.edit(drag.field, (one) => text.moveTo(one, this.offsetUnderPointer(drag.field), true));
  }

  /** @param button as `MouseEvent.button`: only the left one does anything here */
  buttonDown(button: number): void {
    if (button !== 0) return;
    const { part, inside } = this.under();
    this.pressedOn = part;
    const stop = STOPS.find((one) => one === part);
    if (stop) this.focus = stop;
    if (part === "title") this.drag = { what: "title", dx: inside.x, dy: inside.y };
    else if (part === "thumb") this.drag = { what: "thumb", dy: inside.y - this.thumb().y };
    else if (part === "track") this.scrollList(inside.y < this.thumb().y ? -BOXES.list.h : BOXES.list.h);
    else if (part === "list") this.choose(Math.floor((inside.y - BOXES.list.y + this.listTop) / LIST_ROW_H));
    else this.placeCaret(part);
  }

  buttonUp(button: number): void {
    if (button !== 0) return;
    const { part } = this.under();
    if (part === this.pressedOn && part === "submit") this.submit();
    if (part === this.pressedOn && part === "agree") this.agreed = !this.agreed;
    this.pressedOn = null;
    this.drag = null;
  }

  /** @param dy in 1/120 notch, down is positive */
  wheel(dy: number): void {
    const { part } = this.under();
    if (part === "list" || part === "thumb" || part === "track") this.scrollList((dy / 120) * WHEEL_LIST_PX);
    if (part === "memo") this.memoTop = clamp(this.memoTop + (dy / 120) * WHEEL_MEMO_ROWS, 0, this.mostMemoTop());
  }

  /** @param now in s, for the repeat of a key that is held */
  keyDown(code: string, now: number): void {
    this.keys.add(code);
    if (code === "CapsLock") this.capsLock = !this.capsLock;
    if (MODIFIERS.has(code)) return;
    this.repeating = { code, at: now + REPEAT_AFTER_S };
    this.obey(code);
  }

  keyUp(code: string): void {
    this.keys.delete(code);
    if (this.repeating?.code === code) this.repeating = null;
  }

  /** What is held, for whoever looks whether anything is stuck. */
  get held(): readonly string[] {
    return [...this.keys];
  }

  /** Repeat the key that is held. */
  pass(now: number): void {
    while (this.repeating && now >= this.repeating.at) {
      this.repeating.at = Math.max(this.repeating.at + REPEAT_EVERY_S, now - REPEAT_EVERY_S);
      this.obey(this.repeating.code);
    }
  }

  /** A whole text, as the helper brings it: over the clipboard, into what has the keyboard. */
  paste(words: string): void {
    this.clipboard = words;
    this.insert(words);
  }

  thumb() {
    return thumbOf(this.listTop, this.items);
  }

  rows(field: FieldName): Row[] {
    const { text: words } = this.fields[field];
    return field === "memo" ? text.rowsOf(words, innerWidth(field), this.measure) : [{ from: 0, to: words.length }];
  }

  /** How far a field's text is pushed left so that its caret is seen, in px. */
  shift(field: FieldName): number {
    if (field === "memo") return 0;
    const { text: words, caret } = this.fields[field];
    return Math.max(0, this.measure(words.slice(0, caret)) - innerWidth(field));
  }

  private under() {
    return partAt(this.pointer, this.windowAt, this.thumb());
  }

  private placeCaret(part: Part): void {
    const field = FIELDS.find((one) => one === part);
    if (!field) return;
    this.drag = { what: "text", field };
    this.edit(field, (one) => text.moveTo(one, this.offsetUnderPointer(field), this.shiftHeld()));
  }

  private offsetUnderPointer(field: FieldName): number {
    const box = BOXES[field];
    const rows = this.rows(field);
    const x = this.pointer.x - this.windowAt.x - box.x - PADDING + this.shift(field);
    const y = this.pointer.y - this.windowAt.y - box.y - PADDING;
    const row = field === "memo" ? clamp(Math.floor(y / ROW_H + this.memoTop), 0, rows.length - 1) : 0;
    return text.offsetIn(this.fields[field].text, rows[row]!, x, this.measure);
  }

  private dragThumb(dy: number): void {
    const thumb = this.thumb();
    const way = BOXES.list.h - thumb.h;
    const y = this.pointer.y - this.windowAt.y - dy - BOXES.list.y;
    this.listTop = clamp(way === 0 ? 0 : (y / way) * mostListTop(this.items), 0, mostListTop(this.items));
  }

  private scrollList(px: number): void {
    this.listTop = clamp(this.listTop + px, 0, mostListTop(this.items));
  }

  private choose(index: number): void {
    this.chosen = clamp(index, 0, this.items - 1);
    const top = this.chosen * LIST_ROW_H;
    this.listTop = clamp(this.listTop, Math.max(0, top + LIST_ROW_H - BOXES.list.h), top);
  }

  private submit(): void {
    this.submitted += 1;
  }

  private holds(...codes: string[]): boolean {
    return codes.some((code) => this.keys.has(code));
  }

  private shiftHeld(): boolean {
    return this.holds("ShiftLeft", "ShiftRight");
  }

  private obey(code: string): void {
    if (code === "Tab") return this.tab(this.shiftHeld() ? -1 : 1);
    if (this.holds("AltLeft", "AltRight", "MetaLeft", "MetaRight")) return;
    const field = FIELDS.find((one) => one === this.focus);
    if (field) this.keyInField(field, code);
    else if (this.focus === "list") this.keyInList(code);
    else if (this.focus === "agree" && code === "Space") this.agreed = !this.agreed;
    else if (this.focus === "submit" && (code === "Space" || code === "Enter")) this.submit();
  }

  private tab(direction: -1 | 1): void {
    const here = this.focus ? STOPS.indexOf(this.focus) : direction > 0 ? -1 : 0;
    this.focus = STOPS[(here + direction + STOPS.length) % STOPS.length]!;
  }

  private keyInList(code: string): void {
    const at = this.chosen ?? -1;
    const page = Math.floor(BOXES.list.h / LIST_ROW_H);
    const goes: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.items - 1 };
    if (code in goes) this.choose(goes[code]!);
  }

  private keyInField(field: FieldName, code: string): void {
    if (code === "Insert" && this.shiftHeld()) return this.insert(this.clipboard);
    if (this.holds("ControlLeft", "ControlRight")) return this.shortcut(field, code);
    if (code === "Enter" || code === "NumpadEnter") return field === "memo" ? this.insert("\n") : this.submit();
    if (code === "Backspace") return this.edit(field, (one) => text.erase(one, -1));
    if (code === "Delete") return this.edit(field, (one) => text.erase(one, 1));
    const goes = this.caretAfter(field, code);
    if (goes) return this.edit(field, () => goes);
    const letter = typed(code, this.shiftHeld(), this.capsLock);
    if (letter !== null) this.insert(letter);
  }

  private caretAfter(field: FieldName, code: string): Edited | null {
    const one = this.fields[field];
    const extend = this.shiftHeld();
    const rows = this.rows(field);
    const at = text.rowOf(rows, one.caret);
    const row = rows[at]!;
    if (code === "ArrowLeft") return text.step(one, -1, extend);
    if (code === "ArrowRight") return text.step(one, 1, extend);
    if (code === "Home") return text.moveTo(one, row.from, extend);
    if (code === "End") return text.moveTo(one, row.to, extend);
    if (code !== "ArrowUp" && code !== "ArrowDown") return null;
    const next = rows[at + (code === "ArrowUp" ? -1 : 1)];
    const x = this.measure(one.text.slice(row.from, one.caret));
    const edge = code === "ArrowUp" ? 0 : one.text.length;
    return text.moveTo(one, next ? text.offsetIn(one.text, next, x, this.measure) : edge, extend);
  }

  private shortcut(field: FieldName, code: string): void {
    const one = this.fields[field];
    const taken = text.selectedText(one);
    if (code === "KeyA") this.edit(field, text.selectAll);
    if (code === "KeyV") this.insert(this.clipboard);
    if ((code === "KeyC" || code === "KeyX") && taken) this.clipboard = taken;
    if (code === "KeyX" && taken) this.insert("");
    if (code === "Home") this.edit(field, () => text.moveTo(one, 0, this.shiftHeld()));
    if (code === "End") this.edit(field, () => text.moveTo(one, one.text.length, this.shiftHeld()));
  }

  private insert(words: string): void {
    const field = FIELDS.find((one) => one === this.focus);
    if (!field) return;
    const plain = words.replace(/\r\n?/g, "\n");
    const fitting = field === "memo" ? plain : plain.replaceAll("\n", " ");
    this.edit(field, (one) => (one.text.length + fitting.length > MOST_LETTERS ? one : text.insert(one, fitting)));
  }

  private edit(field: FieldName, change: (one: Edited) => Edited): void {
    this.fields[field] = change(this.fields[field]);
    if (field !== "memo") return;
    const row = text.rowOf(this.rows("memo"), this.fields.memo.caret);
    this.memoTop = clamp(clamp(this.memoTop, row - MEMO_ROWS + 1, row), 0, this.mostMemoTop());
  }

  private mostMemoTop(): number {
    return Math.max(0, this.rows("memo").length - MEMO_ROWS);
  }
}

function innerWidth(field: FieldName): number {
  return BOXES[field].w - 2 * PADDING;
}
