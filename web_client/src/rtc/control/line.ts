/**
 * The line from the specialist's page to the counter PC: a WebSocket of its own, so that nothing queues behind video or chat.
 *
 * It enters with the access token, numbers what it sends within each grant, beats each second, and measures the round
 * trip by the answers. It never reconnects: a line that is lost has ended the control, and a new one needs new consent.
 */
import { elapsed } from "@/protocol/clock";
import {
  PROTOCOL,
  type Acknowledge,
  type ClipboardText,
  type ControllerUp,
  type Geometry,
  type Grant,
  type NotDone,
  type Refusal,
  type Refused,
  type Revoke,
  type Status,
} from "@/protocol/control";
import { startTicker } from "@/rtc/ticker";

/** The other side ends a grant after three seconds without. */
const BEAT_MS = 1_000;
/** What may wait in the browser before movements are left out, in bytes: about 160 of them, less than 3 s. */
const FULL_BYTES = 16_384;

/** What the line tells of; each at most once for each message. */
export interface LineEvents {
  /** Consent is here, or has changed: everything held down was let go by the other side. */
  granted(grant: Grant): void;
  geometry(geometry: Geometry): void;
  status(status: Status): void;
  /** `roundTripMs` is null when what was answered was not a heartbeat of mine. */
  acknowledged(answer: Acknowledge, roundTripMs: number | null): void;
  notDone(refusal: NotDone): void;
  clipboard(text: string): void;
  over(end: LineEnd): void;
}

/** `ended`: the grant is over; `lost`: nobody said so; anything else: the server would not have this page. */
export type LineEnd = "ended" | "lost" | Refusal;

type Down = Envelope & (Grant | Geometry | Status | Acknowledge | NotDone | ClipboardText | Refused | Revoke);
interface Envelope {
  g: string;
}

export class ControlLine {
  private grant = "";
  private number = 0;
  private end: LineEnd = "lost";
  private isOver = false;
  private stopBeat: (() => void) | null = null;
  /** When each heartbeat left that is not answered yet, by its number. */
  private readonly beats = new Map<number, number>();

  /** @param entry what the server must be told first */
  constructor(
    private readonly socket: WebSocket,
    private readonly entry: { token: string; call: string; control: string },
    private readonly events: LineEvents,
  ) {
    socket.onopen = () => socket.send(JSON.stringify({ v: PROTOCOL, g: "", s: 1, t: "in", ...this.entry }));
    socket.onmessage = ({ data }: MessageEvent<string>) => this.hear(JSON.parse(data) as Down);
    socket.onclose = () => this.finish();
  }

  /** Whether messages reach the other side. */
  get open(): boolean {
    return this.grant !== "" && !this.isOver;
  }

  /** Whether what may be left out may be sent. */
  get calm(): boolean {
    return this.socket.bufferedAmount <= FULL_BYTES;
  }

  /** Send within the grant; returns its number, 0 when there is no grant to send in. */
  send(message: ControllerUp): number {
    if (!this.open) return 0;
    this.number += 1;
    this.socket.send(JSON.stringify({ v: PROTOCOL, g: this.grant, s: this.number, ...message }));
    return this.number;
  }

  /** Beat now: the answer says how far the other side has come. */
  beat(): void {
    const number = this.send({ t: "hb" });
    if (number > 0) this.beats.set(number, elapsed());
  }

  /** Hang up; `over` is told. */
  close(): void {
    this.end = "ended";
    this.socket.close();
    this.finish();
  }

  private hear(message: Down): void {
    if (this.isOver) return;
    switch (message.t) {
      case "gr":
        return this.begin(message);
      case "geo":
        return this.events.geometry(message);
      case "st":
        return this.events.status(message);
      case "ack":
        return this.answered(message);
      case "er":
        return this.events.notDone(message);
      case "cr":
        return this.events.clipboard(message.text);
      case "no":
        return this.conclude(message.code);
      case "rv":
        return this.conclude("ended");
    }
  }

  /** Nothing more is sent; the server closes. */
  private conclude(end: LineEnd): void {
    this.end = end;
    this.grant = "";
  }

  private begin(grant: Grant): void {
    this.grant = grant.grant;
    this.number = 0;
    this.beats.clear();
    this.events.granted(grant);
    this.stopBeat ??= startTicker(BEAT_MS, () => this.beat());
    this.beat();
  }

  private answered(answer: Acknowledge & Envelope): void {
    if (answer.g !== this.grant) return;
    const leftAt = this.beats.get(answer.last);
    [...this.beats.keys()].filter((number) => number <= answer.last).forEach((number) => this.beats.delete(number));
    this.events.acknowledged(answer, leftAt === undefined ? null : elapsed() - leftAt);
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopBeat?.();
    this.events.over(this.end);
  }
}
