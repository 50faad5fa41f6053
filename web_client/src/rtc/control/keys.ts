/**
 * Which keys the specialist holds down at the counter PC: what each press and release of a browser becomes. Pure.
 *
 * Browsers lose releases (a shortcut of the system takes the focus) and some never tell them (macOS while Command is
 * held), and a key that stays down is the worst that can happen; so every release that is missing is made up for.
 */
import type { KeyDown, KeyUp } from "@/protocol/control";

/** What is asked of a `KeyboardEvent`. */
export interface KeyPress {
  code: string;
  key: string;
  repeat: boolean;
}

/** `getModifierState` of the event at hand. */
export type ModifierState = (name: string) => boolean;

/** Most characters of a key's name on the wire. */
const NAME_LENGTH = 32;
/** Names that older browsers give to keys. */
const RENAMED: Readonly<Record<string, string>> = { OSLeft: "MetaLeft", OSRight: "MetaRight" };
/** Modifier keys with the states that show them held; AltRight is one or the other by layout. */
const MODIFIERS: readonly (readonly [code: string, ...states: string[]])[] = [
  ["ControlLeft", "Control"],
  ["ControlRight", "Control"],
  ["ShiftLeft", "Shift"],
  ["ShiftRight", "Shift"],
  ["AltLeft", "Alt"],
  ["AltRight", "Alt", "AltGraph"],
  ["MetaLeft", "Meta"],
  ["MetaRight", "Meta"],
];
/** These held together, and nothing else, give the keyboard back to this page. */
const LEAVING = ["Control", "Alt", "Shift"];

export class HeldKeys {
  /** Code → the name it was pressed with. */
  private readonly held = new Map<string, string>();

  get some(): boolean {
    return this.held.size > 0;
  }

  /** What a press becomes: nothing for a repeat, for the counter PC repeats by itself, or for a key without a place. */
  down({ code, key, repeat }: KeyPress): (KeyDown | KeyUp)[] {
    const place = RENAMED[code] ?? code;
    if (repeat || place === "" || place === "Unidentified" || this.held.has(place)) return [];
    // Windows tells AltGr as ControlLeft and AltRight: with that Control the counter PC would take a shortcut.
    const before = place === "AltRight" && key === "AltGraph" ? this.release("ControlLeft") : [];
    const name = nameOf(key);
    this.held.set(place, name);
    return [...before, { t: "kd", c: place, k: name }];
  }

  /** What a release becomes; that of Command releases all, for macOS tells no other while it is held. */
  up({ code }: Pick<KeyPress, "code">): KeyUp[] {
    const place = RENAMED[code] ?? code;
    const released = this.release(place);
    return place.startsWith("Meta") ? [...released, ...[...this.held.keys()].flatMap((other) => this.release(other))] : released;
  }

  /** Release the modifiers that an event shows to be up, all but the key it is about itself. */
  reconcile(isOn: ModifierState, about = ""): KeyUp[] {
    const lost = MODIFIERS.filter(([code, ...states]) => code !== about && !states.some(isOn));
    return lost.flatMap(([code]) => this.release(code));
  }

  /** Whether the keys that give the keyboard back are held, and nothing else. */
  isLeaving(): boolean {
    const names = [...this.held.keys()].map((code) => code.replace(/Left$|Right$/, ""));
    return LEAVING.every((name) => names.includes(name)) && names.every((name) => LEAVING.includes(name));
  }

  /** All are up, the other side has been told otherwise. */
  clear(): void {
    this.held.clear();
  }

  private release(code: string): KeyUp[] {
    const name = this.held.get(code);
    if (name === undefined) return [];
    this.held.delete(code);
    return [{ t: "ku", c: code, k: name }];
  }
}

function nameOf(key: string): string {
  return [...key].slice(0, NAME_LENGTH).join("");
}
