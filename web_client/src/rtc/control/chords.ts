/** Combinations that browsers and systems keep for themselves: pressed at the counter PC from a menu. */
import type { KeyDown, KeyUp } from "@/protocol/control";

/** Keys by their place, in the order they are pressed. */
export type ChordKeys = readonly string[];

/** What the menu offers; ids are the catalogue's. Ctrl+Alt+Del cannot be: systems take it from real keyboards only. */
export const CHORDS = {
  switch_window: ["AltLeft", "Tab"],
  close_window: ["AltLeft", "F4"],
  close_tab: ["ControlLeft", "KeyW"],
  new_tab: ["ControlLeft", "KeyT"],
  new_window: ["ControlLeft", "KeyN"],
  reload: ["F5"],
  full_screen: ["F11"],
  system_menu: ["MetaLeft"],
  show_desktop: ["MetaLeft", "KeyD"],
  escape: ["Escape"],
  print_screen: ["PrintScreen"],
  input_method: ["ControlLeft", "Space"],
  copy: ["ControlLeft", "KeyC"],
  paste: ["ControlLeft", "KeyV"],
} as const satisfies Record<string, ChordKeys>;

export type ChordName = keyof typeof CHORDS;
export const CHORD_NAMES = Object.keys(CHORDS) as ChordName[];

/** Press the keys one after another and let them go in the opposite order. */
export function strike(keys: ChordKeys): (KeyDown | KeyUp)[] {
  const downs = keys.map((c): KeyDown => ({ t: "kd", c, k: c }));
  const ups = [...keys].reverse().map((c): KeyUp => ({ t: "ku", c, k: c }));
  return [...downs, ...ups];
}
