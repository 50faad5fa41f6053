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
  private readonly ups: { lost: number | null; roundTripMs: number | null }[] = [];
  private readonly heard: Heard[] = [];
  private sent: Sent | null = null;

  /**
   * Take one more sample.
   *
   * @param askedBps what the browser was asked to send of pictures at most, in bit/s
   */
  take(rows: readonly Row[], askedBps: number): LineSample {
    push(this.ups, upOf(rows));
    push(this.heard, heardOf(rows));
    const before = this.sent;
    this.sent = sentOf(rows);
    return {
      lost: mean(this.ups.map(({ lost }) => lost)),
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

/** Sound is what has to get through, so its reports count where there are some. */
function upOf(rows: readonly Row[]): { lost: number | null; roundTripMs: number | null } {
  const reports = rows.filter(({ type }) => type === "remote-inbound-rtp");
  const sound = reports.filter(({ kind }) => kind === "audio");
  const told = sound.length > 0 ? sound : reports;
  const trip = most(told.map((row) => number(row.roundTripTime)));
  return { lost: most(told.map((row) => number(row.fractionLost))), roundTripMs: trip === null ? null : trip * 1000 };
}

function heardOf(rows: readonly Row[]): Heard {
  const sound = rows.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  const sum = (name: string) => sound.reduce((all, row) => all + (number(row[name]) ?? 0), 0);
  return { received: sum("packetsReceived"), lost: sum("packetsLost") };
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
  return atMs === null ? null : { bytes: pictures.reduce((sum, row) => sum + (number(row.bytesSent) ?? 0), 0), atMs };
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
