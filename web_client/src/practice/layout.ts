/** Where everything of the practice PC lies, in px of its screen; parts of the window from its upper left corner. Pure. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Spot {
  readonly w: number;
  readonly h: number;
}

export const SCREEN = { w: 1280, h: 720 };
export const TASKBAR_H = 44;
export const WINDOW = { w: 1100, h: 640 };
export const WINDOW_AT: Spot = { x: 90, y: 16 };
export const TITLE_H = 44;
export const ROW_H = 32;
export const LIST_ROW_H = 44;
export const PADDING = 12;
export const SCROLLBAR_W = 22;

export const FIELDS = ["name", "phone", "memo"] as const;
export type FieldName = (typeof FIELDS)[number];
/** What can have the keyboard, in the order of Tab. */
export const STOPS = ["name", "phone", "agree", "memo", "submit", "list"] as const;
export type Stop = (typeof STOPS)[number];
/** What lies under a point of the screen. */
export type Part = Stop | "title" | "thumb" | "track" | "window" | "desktop";

export const BOXES: Readonly<Record<Stop, Box>> = {
  name: { x: 136, y: 64, w: 420, h: 50 },
  phone: { x: 136, y: 128, w: 420, h: 50 },
  agree: { x: 136, y: 190, w: 420, h: 40 },
  memo: { x: 28, y: 276, w: 528, h: 256 },
  submit: { x: 28, y: 556, w: 200, h: 60 },
  list: { x: 600, y: 112, w: 472, h: 504 },
};
/** Rows of the memo that are seen. */
export const MEMO_ROWS = Math.floor((BOXES.memo.h - 2 * PADDING) / ROW_H);

export function within(box: Box, spot: Spot): boolean {
  return spot.x >= box.x && spot.x < box.x + box.w && spot.y >= box.y && spot.y < box.y + box.h;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The window stays where its title can be reached. */
export function keptOnScreen(at: Spot): Spot {
  return { x: clamp(at.x, 120 - WINDOW.w, SCREEN.w - 120), y: clamp(at.y, 0, SCREEN.h - TASKBAR_H - TITLE_H) };
}

/** Where the thumb of the list's scroll bar stands. */
export function thumbOf(listTop: number, items: number): Box {
  const { list } = BOXES;
  const h = Math.max(32, (list.h * list.h) / Math.max(list.h, items * LIST_ROW_H));
  const most = mostListTop(items);
  const y = list.y + (most === 0 ? 0 : (listTop / most) * (list.h - h));
  return { x: list.x + list.w - SCROLLBAR_W, y, w: SCROLLBAR_W, h };
}

/** How far the list can be scrolled, in px. */
export function mostListTop(items: number): number {
  return Math.max(0, items * LIST_ROW_H - BOXES.list.h);
}

/** What lies under a spot of the screen, and the spot from the window's corner. */
export function partAt(spot: Spot, windowAt: Spot, thumb: Box): { part: Part; inside: Spot } {
  const inside = { x: spot.x - windowAt.x, y: spot.y - windowAt.y };
  if (spot.y >= SCREEN.h - TASKBAR_H || !within({ x: 0, y: 0, ...WINDOW }, inside)) return { part: "desktop", inside };
  if (inside.y < TITLE_H) return { part: "title", inside };
  if (within(thumb, inside)) return { part: "thumb", inside };
  const stop = STOPS.find((name) => within(BOXES[name], inside));
  if (stop === "list" && inside.x >= thumb.x) return { part: "track", inside };
  return { part: stop ?? "window", inside };
}
