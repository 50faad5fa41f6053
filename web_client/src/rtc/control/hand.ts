/**
 * The specialist's hand at the counter PC: what they do over the picture, in the order it is sent.
 *
 * Movements wait for the next frame and are merged; nothing overtakes, for whatever else is sent takes along what waits
 * before it. On a line that is full movements wait on, or are left out before a button, which says its own place; keys
 * and buttons never wait. Nothing outside the grant's scopes leaves, for that would end the grant.
 */
import { MAX_POINTS, type Chord, type ControllerUp, type Scope } from "@/protocol/control";
import { HeldKeys, type KeyPress, type ModifierState } from "./keys";
import { strike, type ChordKeys } from "./chords";
import { PointerQueue, type Place, type WheelTurn } from "./pointer";
import { pieces } from "./text";

/** Least time between two messages of movement, in ms: 60 a second, and a frame more is forgiven. */
const FRAME_MS = 15;
/** Buttons that the other side knows: left, middle, right. */
const BUTTONS = [0, 1, 2];

/** Where it goes out, and what is known there. */
export interface Outlet {
  send(message: ControllerUp): void;
  /** Whether more may be sent that could as well be left out. */
  calm(): boolean;
  may(scope: Scope): boolean;
  /** Of the geometry that places are for. */
  rev(): number;
  /** Call back with the next frame of the screen; `now` in ms. */
  nextFrame(run: (now: number) => void): void;
}

export class Hand {
  readonly keys = new HeldKeys();
  private readonly pointer = new PointerQueue();
  private readonly buttons = new Set<number>();
  /** The shown pointer and the new points of a line, since the last frame. */
  private shown: Place | null = null;
  private readonly points: Place[] = [];
  private line = 0;
  private asked = false;
  private sentAt = -Infinity;

  constructor(private readonly out: Outlet) {}

  // --- working: the counter PC's own pointer and keys

  move(place: Place): void {
    if (!this.out.may("pointer")) return;
    this.pointer.move(place);
    this.ask();
  }

  turn(wheel: WheelTurn, place: Place): void {
    if (!this.out.may("pointer")) return;
    this.pointer.turn(wheel, place);
    this.ask();
  }

  press(button: number, place: Place): void {
    if (!this.out.may("pointer") || !BUTTONS.includes(button) || this.buttons.has(button)) return;
    this.buttons.add(button);
    this.send({ t: "pd", b: button, x: place[0], y: place[1], rev: this.out.rev() });
  }

  /** Let a button go, wherever the pointer is by now: `place` is then the nearest one of the picture. */
  release(button: number, place: Place): void {
    if (!this.buttons.delete(button)) return;
    this.send({ t: "pu", b: button, x: place[0], y: place[1], rev: this.out.rev() });
  }

  keyDown(press: KeyPress, isOn: ModifierState): void {
    if (!this.out.may("keyboard")) return;
    this.sendAll([...this.keys.reconcile(isOn, press.code), ...this.keys.down(press)]);
  }

  keyUp(press: Pick<KeyPress, "code">): void {
    this.sendAll(this.keys.up(press));
  }

  /** Modifiers that an event of the pointer shows to be up are let go. */
  noteModifiers(isOn: ModifierState): void {
    this.sendAll(this.keys.reconcile(isOn));
  }

  strike(keys: ChordKeys): void {
    if (this.out.may("keyboard")) this.sendAll(strike(keys));
  }

  /** What an input method made, or was typed where only texts may be sent. */
  type(text: string, mode: Chord): void {
    if (this.out.may("text")) this.sendAll(pieces(text, mode));
  }

  // --- pointing: shown over the counter PC's desktop, nothing of it moves

  /** Show the pointer here; null takes it away. */
  point(place: Place | null): void {
    if (!this.out.may("draw")) return;
    this.shown = place;
    if (place === null) this.send({ t: "sh" });
    else this.ask();
  }

  beginLine(place: Place): void {
    if (!this.out.may("draw")) return;
    this.flush();
    this.line += 1;
    this.drawTo(place);
  }

  drawTo(place: Place): void {
    if (!this.out.may("draw")) return;
    this.points.push(place);
    this.ask();
  }

  wipe(): void {
    if (!this.out.may("draw")) return;
    this.points.length = 0;
    this.send({ t: "dc" });
  }

  // --- letting go

  /** The page has lost the focus, or goes on otherwise: nothing stays down. */
  letGo(): void {
    this.forget();
    this.out.send({ t: "ra" });
  }

  /** The pointer was taken away in the middle of something. */
  letGoButtons(): void {
    if (this.buttons.size > 0) this.letGo();
  }

  /** The other side has let everything go by itself: a new grant, or none. */
  forget(): void {
    this.keys.clear();
    this.buttons.clear();
    this.pointer.drop();
    this.shown = null;
    this.points.length = 0;
  }

  private send(message: ControllerUp): void {
    this.flush();
    this.out.send(message);
  }

  private sendAll(messages: readonly ControllerUp[]): void {
    if (messages.length === 0) return;
    this.flush();
    messages.forEach((message) => this.out.send(message));
  }

  /** Send what waits before what comes now; on a full line it is left out. */
  private flush(): void {
    if (this.out.calm()) this.sendWaiting();
    else this.pointer.drop();
  }

  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    this.out.nextFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    this.asked = false;
    const waits = this.pointer.some || this.shown !== null || this.points.length > 0;
    if (!waits) return;
    if (now - this.sentAt < FRAME_MS || !this.out.calm()) return this.ask();
    this.sentAt = now;
    this.sendWaiting();
  }

  private sendWaiting(): void {
    const rev = this.out.rev();
    this.pointer.take(rev).forEach((message) => this.out.send(message));
    while (this.points.length > 0) {
      const points = this.points.splice(0, MAX_POINTS).map(([x, y]): [number, number] => [x, y]);
      this.out.send({ t: "dr", line: this.line, points, rev });
    }
    if (this.shown !== null) this.out.send({ t: "sp", x: this.shown[0], y: this.shown[1], rev });
    this.shown = null;
  }
}
