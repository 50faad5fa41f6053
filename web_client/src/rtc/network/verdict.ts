/** What the tries and figures of a network test mean for a session. Pure. */
import type { WayKind } from "@/rtc/network/ways";

export interface Tried {
  kind: WayKind;
  needs: string[];
  reached: boolean;
}

/** Figures of media that went to the server and back; null for what could not be measured. */
export interface Figures {
  upBps: number | null;
  downBps: number | null;
  /** Of packets, 0 to 1, there and back each. */
  upLoss: number | null;
  downLoss: number | null;
  roundTripMs: number | null;
  jitterMs: number | null;
}

export type Level = "good" | "usable" | "weak" | "blocked";
/** Why it is no better, in the order in which it is told. */
export type Reason = "blocked" | "tcp_only" | "turn_only" | "relay_policy" | "slow" | "loss" | "delay" | "jitter";

export interface Verdict {
  level: Level;
  reasons: Reason[];
  /** What an administrator is to be asked to let out; empty when nothing better can be had. */
  ask: string[];
}

/** A camera and sound need 0.5 Mbit/s, document camera and desktop come on top: below this a picture is left out. */
export const LEAST_BPS = 1_000_000;
/** Loss that repair does not hide any more, and delay at which people begin to talk at once (ITU-T G.114). */
export const MOST_LOSS = 0.03;
export const MOST_ROUND_TRIP_MS = 400;
export const MOST_JITTER_MS = 50;

/**
 * @param policy `relay` where this point's media goes through TURN only: then only that counts
 */
export function judge(tried: readonly Tried[], figures: Figures | null, policy: "all" | "relay"): Verdict {
  const counted = policy === "relay" ? tried.filter((way) => way.kind === "turn") : tried;
  const reached = new Set(counted.filter((way) => way.reached).map((way) => way.kind));
  if (reached.size === 0) return { level: "blocked", reasons: ["blocked"], ask: askFor(counted) };
  const reasons = [...reasonsOfWay(reached, policy), ...reasonsOfFigures(figures)];
  const weak = reasons.some((reason) => ["slow", "loss", "delay", "jitter"].includes(reason));
  const detour = reasons.some((reason) => ["tcp_only", "turn_only"].includes(reason));
  const level = weak ? "weak" : detour ? "usable" : "good";
  return { level, reasons, ask: detour ? askFor(counted.filter((way) => way.kind === "udp")) : [] };
}

function reasonsOfWay(reached: ReadonlySet<WayKind>, policy: "all" | "relay"): Reason[] {
  if (policy === "relay") return ["relay_policy"];
  if (reached.has("udp")) return [];
  return [reached.has("tcp") ? "tcp_only" : "turn_only"];
}

function reasonsOfFigures(figures: Figures | null): Reason[] {
  if (!figures) return [];
  const above = (value: number | null, most: number) => value !== null && value > most;
  const below = (value: number | null) => value !== null && value < LEAST_BPS;
  const found: [Reason, boolean][] = [
    ["slow", below(figures.upBps) || below(figures.downBps)],
    ["loss", above(figures.upLoss, MOST_LOSS) || above(figures.downLoss, MOST_LOSS)],
    ["delay", above(figures.roundTripMs, MOST_ROUND_TRIP_MS)],
    ["jitter", above(figures.jitterMs, MOST_JITTER_MS)],
  ];
  return found.filter(([, holds]) => holds).map(([reason]) => reason);
}

function askFor(ways: readonly Tried[]): string[] {
  return [...new Set(ways.filter((way) => !way.reached).flatMap((way) => way.needs))];
}
