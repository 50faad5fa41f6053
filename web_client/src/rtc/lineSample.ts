/** What getStats says of my line every two seconds, as the ladder needs it. Pure. */
import type { Row } from "@/rtc/network/figures";
import type { Uplink } from "@/rtc/ladder";

/** Samples over which is averaged: with one each 2 s, the last 10 s. */
const KEPT = 5;
/** The browser may use a little less than it was asked to, and nothing is wrong. */
const ENOUGH = 0.8;
/** Part of what it aims at that is sent, below which it is the picture that needs no more, whatever the line carries. */
const FILLED = 0.7;
/** Share of sound that did not arrive from which on nobody understands it, of so many packets at least. */
const LOST_SHARE = 0.35;
const LEAST_PACKETS = 100;
/** A microphone that is held back still sends silence, a few packets a second. */
const LEAST_SENT = 20;

/** What went up, and how much of it the server misses, since the beginning. */
interface Passed {
  kind: "audio" | "video";
  sent: number;
  lost: number;
  roundTripMs: number | null;
}

interface Heard {
  received: number;
  lost: number;
}

interface Sent {
  bytes: number;
  atMs: number;
}

export interface LineSample extends Omit<Uplink, "level"> {
  /** The sound that comes to me is not to be understood. */
  soundLost: boolean;
}

export class LineSamples {
  private ups: Passed[] = [];
  private readonly heard: Heard[] = [];
  private sent: Sent | null = null;

  /**
   * Take one more sample.
   *
   * @param askedBps what the browser was asked to send of pictures at most, in bit/s
   */
  take(rows: readonly Row[], askedBps: number): LineSample {
    const up = passedOf(rows);
    if (up && up.kind !== this.ups.at(-1)?.kind) this.ups = [];
    if (up) push(this.ups, up);
    push(this.heard, heardOf(rows));
    const before = this.sent;
    this.sent = sentOf(rows);
    return {
      lost: shareLost(this.ups),
      roundTripMs: mean(this.ups.map(({ roundTripMs }) => roundTripMs)),
      held: heldOf(rows, askedBps, rateBetween(before, this.sent)),
      soundLost: this.soundLost(),
    };
  }

  private soundLost(): boolean {
    const [first] = this.heard;
    const last = this.heard.at(-1);
    if (!first || !last || this.heard.length < KEPT) return false;
    const lost = last.lost - first.lost;
    const all = lost + last.received - first.received;
    return all >= LEAST_PACKETS && lost / all >= LOST_SHARE;
  }
}

function push<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > KEPT) list.shift();
}

/**
 * Sound is what has to get through, so its reports count where there are some. By the running count: the fraction that
 * the server reports is that of whoever misses most, so that more of the speech is repeated.
 */
function passedOf(rows: readonly Row[]): Passed | null {
  const reports = rows.filter(({ type }) => type === "remote-inbound-rtp");
  if (reports.length === 0) return null;
  const kind = reports.some((row) => row.kind === "audio") ? "audio" : "video";
  const told = reports.filter((row) => row.kind === kind);
  const out = rows.filter((row) => row.type === "outbound-rtp" && row.kind === kind);
  const trip = most(told.map((row) => number(row.roundTripTime)));
  return { kind, sent: sum(out, "packetsSent"), lost: sum(told, "packetsLost"), roundTripMs: trip === null ? null : trip * 1000 };
}

/** Part of what went up in the time of `ups`, 0–1; null while too little did. */
function shareLost(ups: readonly Passed[]): number | null {
  const [first] = ups;
  const last = ups.at(-1);
  if (!first || !last || last.sent - first.sent < LEAST_SENT) return null;
  return Math.min(1, Math.max(0, (last.lost - first.lost) / (last.sent - first.sent)));
}

function heardOf(rows: readonly Row[]): Heard {
  const sound = rows.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  return { received: sum(sound, "packetsReceived"), lost: sum(sound, "packetsLost") };
}

function sum(rows: readonly Row[], name: string): number {
  return rows.reduce((all, row) => all + (number(row[name]) ?? 0), 0);
}

/**
 * Why less is sent than was asked for. Chromium says "bandwidth" too where a picture only needs more bits than its own
 * ceiling (and of two reasons it says that one, w3c/webrtc-stats#440), so the rates it aims at have to agree. A picture
 * that hardly moves leaves the estimate low: nothing is wrong while it does not fill what is aimed at.
 */
function heldOf(rows: readonly Row[], askedBps: number, sentBps: number | null): Uplink["held"] {
  const pictures = picturesOut(rows);
  const says = (reason: string) => pictures.some((row) => row.qualityLimitationReason === reason);
  if (says("cpu")) return "slow_pc";
  const aims = pictures.map((row) => number(row.targetBitrate)).filter((aim) => aim !== null);
  if (!says("bandwidth") || aims.length === 0) return null;
  const aimed = aims.reduce((sum, aim) => sum + aim, 0);
  return sentBps !== null && sentBps >= FILLED * aimed && aimed < ENOUGH * askedBps ? "rate" : null;
}

function picturesOut(rows: readonly Row[]): Row[] {
  return rows.filter(({ type, kind, active }) => type === "outbound-rtp" && kind === "video" && active !== false);
}

function sentOf(rows: readonly Row[]): Sent | null {
  const pictures = picturesOut(rows);
  const atMs = most(pictures.map((row) => number(row.timestamp)));
  return atMs === null ? null : { bytes: sum(pictures, "bytesSent"), atMs };
}

/** In bit/s; null while it is not known, as after a picture began or ended. */
function rateBetween(before: Sent | null, now: Sent | null): number | null {
  if (!before || !now || now.atMs <= before.atMs || now.bytes < before.bytes) return null;
  return ((now.bytes - before.bytes) * 8_000) / (now.atMs - before.atMs);
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function most(values: readonly (number | null)[]): number | null {
  const all = known(values);
  return all.length > 0 ? Math.max(...all) : null;
}

function mean(values: readonly (number | null)[]): number | null {
  const all = known(values);
  return all.length > 0 ? all.reduce((sum, value) => sum + value, 0) / all.length : null;
}
