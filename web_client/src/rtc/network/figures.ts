/** Rates, loss and delay from what getStats says once a second of a track out and the same track back. Pure. */
import type { Figures } from "@/rtc/network/verdict";

/** Totals at one moment, of the connection that sends and of the one that receives. */
export interface Sample {
  /** When, in ms of any clock. */
  at: number;
  sentBytes: number;
  receivedBytes: number;
  receivedPackets: number;
  lostPackets: number;
  /** Fraction lost on the way up, as the server reports it; null before its first report. */
  upLoss: number | null;
  roundTripMs: number | null;
  jitterMs: number | null;
}

/** The first seconds go into finding out what the line carries. */
const SETTLED_AFTER = 3;

export function figuresOf(samples: readonly Sample[]): Figures | null {
  const [first] = samples;
  if (!first || samples.length < 2) return null;
  const settled = samples.slice(Math.min(SETTLED_AFTER, samples.length - 2));
  const start = settled[0]!;
  const end = settled[settled.length - 1]!;
  const received = end.receivedPackets - first.receivedPackets;
  const lost = Math.max(0, end.lostPackets - first.lostPackets);
  return {
    upBps: rate(start, end, "sentBytes"),
    downBps: rate(start, end, "receivedBytes"),
    upLoss: mean(settled.map((sample) => sample.upLoss)),
    downLoss: received + lost > 0 ? lost / (received + lost) : null,
    roundTripMs: median(settled.map((sample) => sample.roundTripMs)),
    jitterMs: median(settled.map((sample) => sample.jitterMs)),
  };
}

/** Read one sample out of the reports of both connections. */
export function sampleOf(at: number, up: Iterable<Row>, down: Iterable<Row>): Sample {
  const sending = [...up];
  const receiving = [...down];
  const out = sending.find((row) => row.type === "outbound-rtp");
  const remote = sending.find((row) => row.type === "remote-inbound-rtp");
  const inbound = receiving.find((row) => row.type === "inbound-rtp");
  const roundTrip = number(remote?.roundTripTime) ?? number(chosenPair(sending)?.currentRoundTripTime);
  return {
    at,
    sentBytes: number(out?.bytesSent) ?? 0,
    receivedBytes: number(inbound?.bytesReceived) ?? 0,
    receivedPackets: number(inbound?.packetsReceived) ?? 0,
    lostPackets: number(inbound?.packetsLost) ?? 0,
    upLoss: number(remote?.fractionLost),
    roundTripMs: roundTrip === null ? null : roundTrip * 1000,
    jitterMs: inbound ? (number(inbound.jitter) ?? 0) * 1000 : null,
  };
}

export type Row = { type: string } & Record<string, unknown>;

/** Chromium marks the pair by the transport's report, Firefox by `selected`. */
function chosenPair(rows: readonly Row[]): Row | undefined {
  const id = rows.find((row) => row.type === "transport")?.selectedCandidatePairId;
  return rows.find((row) => row.type === "candidate-pair" && (row.id === id || row.selected === true));
}

function rate(start: Sample, end: Sample, of: "sentBytes" | "receivedBytes"): number | null {
  const seconds = (end.at - start.at) / 1000;
  return seconds > 0 ? ((end[of] - start[of]) * 8) / seconds : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null);
}

function mean(values: readonly (number | null)[]): number | null {
  const all = known(values);
  return all.length ? all.reduce((sum, value) => sum + value, 0) / all.length : null;
}

function median(values: readonly (number | null)[]): number | null {
  const all = known(values).sort((a, b) => a - b);
  return all[Math.floor(all.length / 2)] ?? null;
}
