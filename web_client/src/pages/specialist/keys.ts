/** The specialist's keys: what `?` shows, and what each does in a session. */

import type { Shortcuts } from "@/components/session/shortcuts";

/** Key caps with the catalogue's word of what they do; letters are what the keys print. */
export const KEYS = [
  ["Enter", "accept"],
  ["Esc Esc", "reject"],
  ["M", "mute"],
  ["V", "camera"],
  ["1–4", "swap"],
  ["B", "split"],
  ["F", "large"],
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
  stage: Shortcuts;
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
  return {
    ...actions.stage,
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
