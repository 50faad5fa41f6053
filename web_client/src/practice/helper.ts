/**
 * The practice PC with its helper at work: a connection to `/helper`, the session, and the PC that obeys both hands.
 *
 * What the helper program is to a real counter PC this is to the practice PC. A connection that ends is not tried again
 * here: whoever opened it gets a fresh key first.
 */
import { IN_GRANT, PROTOCOL, type HelperDown, type HelperUp, type Monitor, type Refusal } from "@/protocol/control";
import type { Shown } from "@/practice/draw";
import type { Effect, Held } from "@/practice/effects";
import { SCREEN, type Spot } from "@/practice/layout";
import type { PracticePc } from "@/practice/pc";
import { PracticeSession } from "@/practice/session";

/** The helper's version that this part keeps up with. */
const VERSION = "1.0";
const COLOUR = "#e60012";
export const MONITOR: Monitor = { id: "practice", x: 0, y: 0, w: SCREEN.w, h: SCREEN.h, colour: COLOUR };
const MOST_LINES = 200;

/** What it needs of a WebSocket. */
export interface Line {
  send(text: string): void;
  close(): void;
}

/** An event at the practice PC's own mouse or keyboard. */
export type Local =
  | { what: "move"; at: Spot }
  | { what: "down" | "up"; button: number }
  | { what: "wheel"; dy: number }
  | { what: "key_down" | "key_up"; code: string };

export class PracticeHelper {
  private readonly session: PracticeSession;
  private readonly sent = new Map<string, number>();
  private readonly lines = new Map<number, Spot[]>();
  private pointer: Spot | null = null;
  private banner: Shown["banner"] = null;
  private marked = false;

  /**
   * @param line open already; nothing was said on it yet
   * @param now in s, on a clock that only goes on
   */
  constructor(
    readonly pc: PracticePc,
    private readonly line: Line,
    private readonly now: () => number,
  ) {
    this.session = new PracticeSession(now());
  }

  /** Say who this is, and which monitor there is. */
  begin(key: string, name: string): void {
    this.say({ t: "hi", version: VERSION, system: "practice", name, key, code: "" });
    this.do(this.session.geometry([MONITOR]));
  }

  /** What the helper shows over the desktop. */
  get shown(): Shown {
    return { banner: this.banner, pointer: this.pointer, lines: [...this.lines.values()], mark: this.marked ? COLOUR : null };
  }

  get state() {
    return this.session.state;
  }

  /** A text came from the server. */
  hear(text: string): void {
    const frame = read(text);
    if ("code" in frame) this.do(this.session.unreadable(frame.s, frame.code));
    else this.do(this.session.receive(frame, this.now()));
  }

  /** The PC's own user does something: it counts before all else, and suspends the other side. */
  local(event: Local): void {
    const now = this.now();
    if (event.what === "key_down") this.do(this.session.localKey(event.code === "Escape", now));
    else this.do(this.session.localInput(now));
    switch (event.what) {
      case "move":
        return this.pc.move(event.at);
      case "down":
        return this.pc.buttonDown(event.button);
      case "up":
        return this.pc.buttonUp(event.button);
      case "wheel":
        return this.pc.wheel(event.dy);
      case "key_down":
        return this.pc.keyDown(event.code, now);
      case "key_up":
        return this.pc.keyUp(event.code);
    }
  }

  /** Let time pass: what is due is done. Call it often. */
  pass(): void {
    const now = this.now();
    if (now >= this.session.nextDeadline()) this.do(this.session.handleTimeout(now));
    this.pc.pass(now);
  }

  /** The connection is gone, or is to go: everything is let go. */
  end(): void {
    const last = this.session.end("disconnected").filter(({ do: what }) => what !== "send");
    this.do(last);
    this.line.close();
  }

  private do(effects: readonly Effect[]): void {
    effects.forEach((effect) => this.doOne(effect));
  }

  private doOne(effect: Effect): void {
    switch (effect.do) {
      case "send":
        return this.say(effect.message, effect.g);
      case "disconnect":
        return this.line.close();
      case "press":
        return this.press(effect);
      case "release":
        return this.release(effect);
      case "move":
        return this.pc.move({ x: effect.x, y: effect.y });
      case "scroll":
        return this.pc.wheel(effect.dy);
      case "type":
        return this.pc.paste(effect.text);
      case "put":
        this.pc.clipboard = effect.text;
        return;
      case "fetch":
        return this.do(this.session.clipboardRead(this.pc.clipboard));
      case "banner":
        this.banner = effect.state ? { who: effect.who, paused: effect.state !== "granted" } : null;
        return;
      case "point":
        this.pointer = effect.at && spot(effect.at);
        return;
      case "line":
        if (this.lines.has(effect.line) || this.lines.size < MOST_LINES) this.lines.set(effect.line, [...(this.lines.get(effect.line) ?? []), ...effect.points.map(spot)]);
        return;
      case "wipe":
        return this.lines.clear();
      case "mark":
        this.marked = effect.shown;
    }
  }

  private press(what: Held): void {
    if ("key" in what) this.pc.keyDown(what.key, this.now());
    else this.pc.buttonDown(what.button);
  }

  private release(what: Held): void {
    if ("key" in what) this.pc.keyUp(what.key);
    else this.pc.buttonUp(what.button);
  }

  private say(message: HelperUp, g = ""): void {
    const s = (this.sent.get(g) ?? 0) + 1;
    this.sent.set(g, s);
    this.line.send(JSON.stringify({ v: PROTOCOL, g, s, ...message }));
  }
}

/** A frame, or why it is none. The server that this page came from has checked the fields of what it passes on. */
function read(text: string): { g: string; s: number; message: HelperDown } | { s: number; code: Refusal } {
  let values: { v?: unknown; g?: unknown; s?: unknown; t?: unknown };
  try {
    values = JSON.parse(text) as typeof values;
  } catch {
    return { s: 0, code: "malformed" };
  }
  const { v, g, s, ...message } = values;
  if (typeof s !== "number" || typeof g !== "string" || typeof message.t !== "string") return { s: 0, code: "malformed" };
  if (v !== PROTOCOL) return { s, code: "unknown_version" };
  if ((g !== "") !== IN_GRANT.has(message.t)) return { s, code: "stale_grant" };
  return { g, s, message: message as HelperDown };
}

function spot([x, y]: readonly [number, number]): Spot {
  return { x, y };
}
