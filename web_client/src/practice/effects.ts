/** What the practice session wants done at the practice PC or said to the server, as values. */
import type { HelperUp, State } from "@/protocol/control";

/** A key by its `KeyboardEvent.code`, or a button as `MouseEvent.button` counts. */
export type Held = { key: string } | { button: number };

export type Effect =
  | { do: "send"; g: string; message: HelperUp }
  | { do: "disconnect" }
  | ({ do: "press" } & Held)
  | ({ do: "release" } & Held)
  | { do: "move"; x: number; y: number }
  | { do: "scroll"; dx: number; dy: number }
  | { do: "type"; text: string }
  | { do: "put"; text: string }
  | { do: "fetch" }
  | { do: "banner"; who: string; state: State | null }
  | { do: "point"; at: readonly [number, number] | null }
  | { do: "line"; line: number; points: readonly (readonly [number, number])[] }
  | { do: "wipe" }
  | { do: "mark"; shown: boolean };
