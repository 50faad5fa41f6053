/**
 * A text that is being edited: a caret, a selection and how it lies in rows. Pure; offsets are UTF-16 and never split
 * a character.
 */

/** `anchor` is where the selection began; equal to `caret` when nothing is selected. */
export interface Edited {
  readonly text: string;
  readonly caret: number;
  readonly anchor: number;
}

/** One visible row: `text.slice(from, to)`. */
export interface Row {
  readonly from: number;
  readonly to: number;
}

/** Width of a text in px. */
export type Measure = (text: string) => number;

export const EMPTY: Edited = { text: "", caret: 0, anchor: 0 };

/** The selection, from its first to after its last character. */
export function selection(one: Edited): Row {
  return { from: Math.min(one.caret, one.anchor), to: Math.max(one.caret, one.anchor) };
}

export function selectedText(one: Edited): string {
  const { from, to } = selection(one);
  return one.text.slice(from, to);
}

/** Put `words` in the place of the selection. */
export function insert(one: Edited, words: string): Edited {
  const { from, to } = selection(one);
  return at(one.text.slice(0, from) + words + one.text.slice(to), from + words.length);
}

/** Backspace (`-1`) or Delete (`1`): the selection, or one character. */
export function erase(one: Edited, direction: -1 | 1): Edited {
  if (one.caret !== one.anchor) return insert(one, "");
  return insert({ ...one, anchor: beside(one.text, one.caret, direction) }, "");
}

/** Move the caret; with `extend` the selection grows, else it is given up. */
export function moveTo(one: Edited, caret: number, extend: boolean): Edited {
  return { text: one.text, caret, anchor: extend ? one.anchor : caret };
}

/** Arrow left or right: a selection that is given up leaves the caret at its end on that side. */
export function step(one: Edited, direction: -1 | 1, extend: boolean): Edited {
  const { from, to } = selection(one);
  if (!extend && from !== to) return moveTo(one, direction < 0 ? from : to, false);
  return moveTo(one, beside(one.text, one.caret, direction), extend);
}

export function selectAll(one: Edited): Edited {
  return { text: one.text, caret: one.text.length, anchor: 0 };
}

/** Break a text into rows of at most `width` px, between any two characters, as Chinese is. */
export function rowsOf(text: string, width: number, measure: Measure): Row[] {
  const rows: Row[] = [];
  let start = 0;
  let used = 0;
  const end = (to: number) => {
    rows.push({ from: start, to });
    start = to;
    used = 0;
  };
  let here = 0;
  for (const letter of text) {
    if (letter === "\n") {
      end(here);
      start = here + 1;
    } else {
      const wide = measure(letter);
      if (used + wide > width && here > start) end(here);
      used += wide;
    }
    here += letter.length;
  }
  end(text.length);
  return rows;
}

/** The row a caret stands in: at a break that is the row that begins there. */
export function rowOf(rows: readonly Row[], caret: number): number {
  return Math.max(0, rows.filter((row) => row.from <= caret).length - 1);
}

/** The offset in a row nearest to `x` px from its beginning. */
export function offsetIn(text: string, row: Row, x: number, measure: Measure): number {
  let left = 0;
  let here = row.from;
  for (const letter of text.slice(row.from, row.to)) {
    const wide = measure(letter);
    if (x < left + wide / 2) break;
    left += wide;
    here += letter.length;
  }
  return here;
}

function at(text: string, caret: number): Edited {
  return { text, caret, anchor: caret };
}

function beside(text: string, offset: number, direction: -1 | 1): number {
  if (direction > 0) return Math.min(text.length, offset + ((text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1));
  const pair = offset > 1 && (text.codePointAt(offset - 2) ?? 0) > 0xffff;
  return Math.max(0, offset - (pair ? 2 : 1));
}
