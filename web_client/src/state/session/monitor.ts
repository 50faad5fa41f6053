/** Which of the counter PC's monitors is the shared one: by its size, else by the colour in its corner. Pure. */
import type { MonitorView } from "@/protocol/generated";

/** The most that a shared desktop is captured at, in px: what is larger comes scaled down. */
const CAPTURED = { width: 1920, height: 1200 };
/** Rounding of a scaled size, in px. */
const ROUGHLY = 2;
/** Colours of marks are far from each other; a compressed picture moves one by less than this, of 0–255 a channel. */
const SAME_COLOUR = 60;

export interface Size {
  width: number;
  height: number;
}

/** The monitor of this size when there is only one; null when several or none could be it. */
export function bySize(monitors: readonly MonitorView[], captured: Size): string | null {
  if (monitors.length === 1) return monitors[0]!.id;
  const found = monitors.filter((monitor) => fits(monitor, captured));
  return found.length === 1 ? found[0]!.id : null;
}

function fits({ w, h }: MonitorView, { width, height }: Size): boolean {
  const scale = Math.min(1, CAPTURED.width / w, CAPTURED.height / h);
  return Math.abs(w * scale - width) <= ROUGHLY && Math.abs(h * scale - height) <= ROUGHLY;
}

/** The monitor whose mark has this colour (red, green, blue); null when it is nobody's. */
export function byColour(monitors: readonly MonitorView[], seen: readonly [number, number, number]): string | null {
  const near = monitors.filter(({ colour }) => {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return parts.every((part, index) => Math.abs(part - seen[index]!) < SAME_COLOUR);
  });
  return near.length === 1 ? near[0]!.id : null;
}
