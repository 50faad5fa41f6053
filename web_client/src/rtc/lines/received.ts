/** What two seconds of what is received were like, from the totals that `getStats` gives before and after. Pure. */
import type { ReportedLine } from "@/protocol/generated";
import type { Row } from "@/rtc/network/figures";

/** Totals of everything received, by the id of its report. */
export type Totals = ReadonlyMap<string, Row>;

/** Pages report by the sample, and samples are of two seconds. */
export const SAMPLE_MS = 2_000;

/** The rows of what is received; the others tell of what is sent and of the paths. */
export function totalsOf(rows: Iterable<Row>): Totals {
  const received = [...rows].filter((row) => row.type === "inbound-rtp");
  return new Map(received.map((row) => [String(row.id), { ...row }]));
}

/** What happened between two totals; a stream that is new counts from its beginning. */
export function between(before: Totals, after: Totals): ReportedLine {
  const grown = (kind: string) =>
    [...after].filter(([, row]) => row.kind === kind).map(([id, row]) => (name: string) => growth(before.get(id), row, name));
  const sounds = grown("audio");
  const pictures = grown("video");
  const total = (name: string) => sounds.reduce((sum, of) => sum + of(name), 0);
  const played = total("totalSamplesReceived");
  // What is silent was hidden by nobody's noticing: a pause in speech.
  const madeUp = Math.max(0, total("concealedSamples") - total("silentConcealedSamples"));
  const emitted = total("jitterBufferEmittedCount");
  const frozen = Math.max(0, ...pictures.map((of) => of("totalFreezesDuration") * 1000));
  return {
    made_up: played > 0 ? within((madeUp / played) * 1000, 1000) : null,
    freezes: within(pictures.reduce((sum, of) => sum + of("freezeCount"), 0), 20),
    freeze_ms: within(frozen, SAMPLE_MS),
    frames: pictures.length ? within(Math.min(...pictures.map((of) => of("framesDecoded"))), 240) : null,
    buffer_ms: emitted > 0 ? within((total("jitterBufferDelay") / emitted) * 1000, 10_000) : null,
  };
}

function growth(before: Row | undefined, after: Row, name: string): number {
  return Math.max(0, count(after[name]) - count(before?.[name]));
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function within(value: number, most: number): number {
  return Math.min(most, Math.round(value));
}
