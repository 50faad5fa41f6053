/** The specialist's keys: what `?` shows, and what each does in a session. */

import type { Shortcuts } from "@/components/session/shortcuts";

/** Key caps with the catalogue's word of what they do; letters are what the keys print. */
export const KEYS = [
  ["Enter", "accept"],
  ["Esc Esc", "reject"],
  ["M", "mute"],
  ["V", "camera"],
  ["1–4", "swap"],
  ["D", "pen"],
  ["P", "pointer"],
  ["X", "clear"],
  ["C", "chat"],
  ["G", "guide"],
  ["T", "tabs"],
  ["E", "end"],
  ["1–6", "outcome"],
  ["?", "help"],
] as const;

/** What the console does for the keys; each may be called at any time of a session. */
export interface SessionActions {
  swap(index: number): void;
  microphone(): void;
  camera(): void;
  pen(): void;
  pointer(): void;
  clear(): void;
  chat(): void;
  guide(): void;
  end(): void;
}

export function sessionKeys(actions: SessionActions): Shortcuts {
  const places = Object.fromEntries(["1", "2", "3", "4"].map((key, index) => [key, () => actions.swap(index)]));
  return {
    ...places,
    m: actions.microphone,
    v: actions.camera,
    d: actions.pen,
    p: actions.pointer,
    x: actions.clear,
    c: actions.chat,
    g: actions.guide,
    e: actions.end,
  };
}
