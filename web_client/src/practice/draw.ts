/** Draws the practice PC: its desktop, window and taskbar, and over them what the helper shows. Pure drawing. */
import { BOXES, FIELDS, LIST_ROW_H, MEMO_ROWS, PADDING, ROW_H, SCREEN, TASKBAR_H, TITLE_H, WINDOW, type Box, type FieldName, type Spot } from "@/practice/layout";
import type { PracticePc } from "@/practice/pc";
import { selection, type Row } from "@/practice/text";

type Pen = CanvasRenderingContext2D;

/** What is written on it; `items` are the rows of the list. */
export interface PracticeWords {
  title: string;
  window: string;
  name: string;
  phone: string;
  agree: string;
  memo: string;
  submit: string;
  list: string;
  /** How often the form was sent. */
  sent: (times: number) => string;
  /** Above everything while somebody controls; `paused` while the PC's own user is at work. */
  banner: (who: string, paused: boolean) => string;
  items: readonly string[];
}

/** What the helper shows over the desktop. */
export interface Shown {
  banner: { who: string; paused: boolean } | null;
  pointer: Spot | null;
  lines: readonly (readonly Spot[])[];
  /** The monitor's colour in its corner; null while it is not asked for. */
  mark: string | null;
}

const FAMILY = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
export const FIELD_FONT = `23px ${FAMILY}`;
const INK = "#1b2430";
const LINE = "#aab4c2";
const ACCENT = "#1d5fd1";

export function drawPc(pen: Pen, pc: PracticePc, words: PracticeWords, shown: Shown, now: Date): void {
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const ground = pen.createLinearGradient(0, 0, SCREEN.w, SCREEN.h);
  ground.addColorStop(0, "#2c5777");
  ground.addColorStop(1, "#16324a");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, SCREEN.w, SCREEN.h);
    pen.save();
  pen.translate(pc.windowAt.x, pc.windowAt.y);
  drawWindow(pen, pc, words, now);
  pen.restore();
  drawTaskbar(pen, words, now);
  drawShown(pen, words, shown);
  arrow(pen, pc.pointer, "#ffffff", "#000000");
}

function drawWindow(pen: Pen, pc: PracticePc, words: PracticeWords, now: Date): void {
  pen.fillStyle = "rgb(0 0 0 / 25%)";
  pen.fillRect(6, 8, WINDOW.w, WINDOW.h);
  fill(pen, { x: 0, y: 0, ...WINDOW }, "#f4f6f9");
  fill(pen, { x: 0, y: 0, w: WINDOW.w, h: TITLE_H }, "#33475e");
  write(pen, words.window, 16, TITLE_H / 2, { size: 21, weight: 600, colour: "#ffffff" });
  for (const field of FIELDS) {
    const box = BOXES[field];
    const beside = field === "memo" ? { x: box.x, y: box.y - 22 } : { x: 28, y: box.y + box.h / 2 };
    write(pen, words[field], beside.x, beside.y, { size: 22 });
    drawField(pen, pc, field, now);
  }
  drawAgree(pen, pc, words);
  drawSubmit(pen, pc, words);
  write(pen, words.list, BOXES.list.x, BOXES.list.y - 24, { size: 22 });
  drawList(pen, pc, words);
}

function drawField(pen: Pen, pc: PracticePc, field: FieldName, now: Date): void {
  const box = BOXES[field];
  const focused = pc.focus === field;
  frame(pen, box, focused);
  const one = pc.fields[field];
  const rows = pc.rows(field);
  const first = field === "memo" ? Math.floor(pc.memoTop) : 0;
  pen.save();
  clip(pen, { x: box.x + 2, y: box.y + 2, w: box.w - 4, h: box.h - 4 });
  pen.font = FIELD_FONT;
  rows.slice(first, first + (field === "memo" ? MEMO_ROWS : 1)).forEach((row, index) => {
    const y = field === "memo" ? box.y + PADDING + index * ROW_H : box.y + (box.h - ROW_H) / 2;
    const left = box.x + PADDING - pc.shift(field);
    const x = (offset: number) => left + pc.measure(one.text.slice(row.from, offset));
    if (focused) drawSelection(pen, row, selection(one), x, y);
    pen.fillStyle = INK;
    pen.fillText(one.text.slice(row.from, row.to), left, y + ROW_H / 2);
    const here = rows.filter(({ from }) => from <= one.caret).length - 1 === first + index;
    if (focused && here && now.getMilliseconds() < 600) fill(pen, { x: x(one.caret), y: y + 2, w: 2, h: ROW_H - 4 }, INK);
  });
  pen.restore();
}

function drawSelection(pen: Pen, row: Row, taken: Row, x: (offset: number) => number, y: number): void {
  const from = Math.max(row.from, taken.from);
  const to = Math.min(row.to, taken.to);
  if (from < to) fill(pen, { x: x(from), y, w: x(to) - x(from), h: ROW_H }, "#b9d2f8");
}

function drawAgree(pen: Pen, pc: PracticePc, words: PracticeWords): void {
  const { x, y, h } = BOXES.agree;
  const box = { x, y: y + (h - 28) / 2, w: 28, h: 28 };
  frame(pen, box, pc.focus === "agree");
  if (pc.agreed) {
    stroke(pen, [{ x: box.x + 6, y: box.y + 14 }, { x: box.x + 12, y: box.y + 21 }, { x: box.x + 22, y: box.y + 7 }], ACCENT, 4);
  }
  write(pen, words.agree, x + 42, y + h / 2, { size: 22 });
}

function drawSubmit(pen: Pen, pc: PracticePc, words: PracticeWords): void {
  const box = BOXES.submit;
  fill(pen, box, pc.submitHeld ? "#123f8f" : ACCENT);
  if (pc.focus === "submit") frameOnly(pen, { x: box.x - 4, y: box.y - 4, w: box.w + 8, h: box.h + 8 }, ACCENT, 2);
  pen.textAlign = "center";
  write(pen, words.submit, box.x + box.w / 2, box.y + box.h / 2, { size: 23, weight: 600, colour: "#ffffff" });
  pen.textAlign = "left";
  if (pc.submitted > 0) write(pen, words.sent(pc.submitted), box.x + box.w + 20, box.y + box.h / 2, { size: 22, colour: "#17724a" });
}

function drawList(pen: Pen, pc: PracticePc, words: PracticeWords): void {
  const box = BOXES.list;
  const thumb = pc.thumb();
  frame(pen, box, pc.focus === "list");
  pen.save();
  clip(pen, { x: box.x + 2, y: box.y + 2, w: box.w - 4, h: box.h - 4 });
  words.items.forEach((item, index) => {
    const y = box.y + index * LIST_ROW_H - pc.listTop;
    if (y < box.y - LIST_ROW_H || y > box.y + box.h) return;
    const chosen = pc.chosen === index;
    if (chosen) fill(pen, { x: box.x, y, w: box.w, h: LIST_ROW_H }, ACCENT);
    else if (index % 2 === 1) fill(pen, { x: box.x, y, w: box.w, h: LIST_ROW_H }, "#f1f4f8");
    write(pen, item, box.x + 14, y + LIST_ROW_H / 2, { size: 22, colour: chosen ? "#ffffff" : INK });
  });
  fill(pen, { x: thumb.x, y: box.y, w: thumb.w, h: box.h }, "#dfe5ec");
  fill(pen, { x: thumb.x + 3, y: thumb.y + 2, w: thumb.w - 6, h: thumb.h - 4 }, "#8794a5");
  pen.restore();
}

function drawTaskbar(pen: Pen, words: PracticeWords, now: Date): void {
  const y = SCREEN.h - TASKBAR_H;
  fill(pen, { x: 0, y, w: SCREEN.w, h: TASKBAR_H }, "#101a26");
  fill(pen, { x: 12, y: y + 8, w: 28, h: 28 }, ACCENT);
  write(pen, words.title, 52, y + TASKBAR_H / 2, { size: 18, weight: 600, colour: "#ffffff" });
  pen.textAlign = "right";
  write(pen, now.toTimeString().slice(0, 8), SCREEN.w - 20, y + TASKBAR_H / 2, { size: 18, colour: "#ffffff" });
  pen.textAlign = "left";
}

function drawShown(pen: Pen, words: PracticeWords, shown: Shown): void {
  shown.lines.forEach((line) => stroke(pen, line, "#e0352b", 4));
  if (shown.pointer) {
    pen.beginPath();
    pen.arc(shown.pointer.x, shown.pointer.y, 16, 0, Math.PI * 2);
    pen.strokeStyle = "#e0352b";
    pen.lineWidth = 4;
    pen.stroke();
  }
  if (shown.mark) fill(pen, { x: 0, y: 0, w: 96, h: 96 }, shown.mark);
  if (!shown.banner) return;
  const said = words.banner(shown.banner.who, shown.banner.paused);
  pen.font = `600 21px ${FAMILY}`;
  const w = pen.measureText(said).width + 40;
  fill(pen, { x: (SCREEN.w - w) / 2, y: 0, w, h: 40 }, shown.banner.paused ? "#8a5a12" : "#a3271f");
  write(pen, said, (SCREEN.w - w) / 2 + 20, 20, { size: 21, weight: 600, colour: "#ffffff" });
}

function arrow(pen: Pen, at: Spot, inside: string, edge: string): void {
  const points = [[0, 0], [0, 19], [4.5, 15], [8, 22], [11, 20.5], [7.5, 14], [13, 14]] as const;
  pen.beginPath();
  points.forEach(([x, y]) => pen.lineTo(at.x + x, at.y + y));
  pen.closePath();
  pen.fillStyle = inside;
  pen.strokeStyle = edge;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}

function write(pen: Pen, words: string, x: number, y: number, how: { size: number; weight?: number; colour?: string }): void {
  pen.font = `${how.weight ?? 400} ${how.size}px ${FAMILY}`;
  pen.fillStyle = how.colour ?? INK;
  pen.fillText(words, x, y);
}

function fill(pen: Pen, { x, y, w, h }: Box, colour: string): void {
  pen.fillStyle = colour;
  pen.fillRect(x, y, w, h);
}

function frame(pen: Pen, box: Box, focused: boolean): void {
  fill(pen, box, "#ffffff");
  frameOnly(pen, box, focused ? ACCENT : LINE, focused ? 3 : 1);
}

function frameOnly(pen: Pen, { x, y, w, h }: Box, colour: string, width: number): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
}

function clip(pen: Pen, { x, y, w, h }: Box): void {
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
}

function stroke(pen: Pen, line: readonly Spot[], colour: string, width: number): void {
  pen.beginPath();
  line.forEach(({ x, y }) => pen.lineTo(x, y));
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.lineJoin = pen.lineCap = "round";
  pen.stroke();
}
