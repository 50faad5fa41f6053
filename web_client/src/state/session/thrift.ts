/**
 * What is given up while a line is weak, both ways: the ladder on this page's clock, the steps the person pinned, and
 * what the others are told of it. The server divides what I receive; a pin only asks it for less.
 */
import { computed, ref, shallowRef } from "vue";
import { elapsed } from "@/protocol/clock";
import type { ConsumerLayer, LadderStep, ProducerView, Quality, RungView, Track } from "@/protocol/generated";
import { Ladder, STEPS, TOP, withheldOn } from "@/rtc/ladder";
import { LineSamples } from "@/rtc/lineSample";
import type { Row } from "@/rtc/network/figures";
import { Settled, capOf, isHeld, isPoor, receivedRung, type Given } from "@/rtc/received";
import { isSeen } from "@/rtc/viewing";
import { tabOnly } from "@/state/storage";

export type Way = "sending" | "receiving";
/** The step that a person chose for each way; null: automatic. */
export type Pins = Readonly<Record<Way, LadderStep | null>>;

export interface ThriftActions {
  /** Send what this step leaves. */
  send(step: LadderStep): void;
  /** Ask for no more than this step. */
  receiveAt(step: LadderStep): void;
  /** Tell the others; rejects when nobody heard. */
  tell(sending: RungView, receiving: RungView): Promise<unknown>;
  /** Raw statistics, and what the browser is asked to send of pictures in bit/s. */
  sample(): Promise<{ rows: readonly Row[]; askedBps: number }>;
  /** What somebody sends is lost before it reaches the server. */
  sentBadly(): boolean;
  /** The track behind one of my consumers. */
  producerOf(consumerId: string): ProducerView | null;
}

const STORAGE_KEY = "bangban.pins";
const UNPINNED: Pins = { sending: null, receiving: null };
const SAMPLE_EVERY_MS = 2_000;
/** A page is said to be in the background when it stays there, in ms. */
const HIDDEN_AFTER_MS = 4_000;

export class Thrift {
  readonly pins = shallowRef<Pins>(UNPINNED);
  private readonly sent = shallowRef<RungView>(TOP);
  private readonly given = shallowRef<RungView>(TOP);
  readonly sending = computed<RungView>(() => pinned(this.pins.value.sending) ?? this.sent.value);
  readonly receiving = computed<RungView>(() => this.receivedNow());
  /** Producers of which nothing comes to me, and papers of which too little does. */
  readonly held = shallowRef<ReadonlySet<string>>(new Set());
  readonly poor = shallowRef<ReadonlySet<string>>(new Set());
  /** The server's word on the way that what I send takes. */
  private level: Quality = "good";
  private ladder = new Ladder();
  private settled = new Settled();
  private samples = new LineSamples();
  private line: ReturnType<LineSamples["take"]> | null = null;
  private readonly layers = new Map<string, ConsumerLayer>();
  private told: { sending: RungView; receiving: RungView } | null = null;
  private callId = "";
  private hiddenSince: number | null = null;
  private readonly away = ref(false);
  private timer: ReturnType<typeof setTimeout> | null = null;
  private sampler: ReturnType<typeof setInterval> | null = null;
  private readonly look = () => this.looked();

  constructor(private readonly actions: ThriftActions) {}

  /** Tracks of mine that are not sent now. */
  withheld(): readonly Track[] {
    return withheldOn(this.sending.value.step);
  }

  /** I am in a session, where the others know this of me: go on as before, with what was pinned before a reload. */
  enter(callId: string, known: { sending: RungView; receiving: RungView } | null): void {
    if (this.callId !== callId) this.pins.value = recall(callId);
    this.callId = callId;
    this.told = known;
    this.layers.clear();
    this.apply();
    this.sampler ??= setInterval(() => void this.takeSample(), SAMPLE_EVERY_MS);
    document.addEventListener("visibilitychange", this.look);
    this.looked();
    this.tell();
  }

  /** Hold a way on a step, or leave it to the line (null). */
  pin(way: Way, step: LadderStep | null): void {
    this.pins.value = { ...this.pins.value, [way]: step };
    tabOnly.write(STORAGE_KEY, JSON.stringify({ callId: this.callId, pins: this.pins.value }));
    this.apply();
    this.tell();
  }

  /** Note what the server says of the way that what I send takes. */
  report(level: Quality): void {
    this.level = level;
    this.ladder.report({ lost: null, roundTripMs: null, held: null, ...this.line, level }, elapsed());
    this.advance();
  }

  /** The server gives me another encoding of a picture, or none. */
  layerChanged(event: ConsumerLayer): void {
    this.layers.set(event.consumer_id, event);
    this.measure();
  }

  /** The session is over: no step is due any more. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.sampler !== null) clearInterval(this.sampler);
    this.timer = this.sampler = null;
    document.removeEventListener("visibilitychange", this.look);
  }

  /** A new session starts with everything sent. */
  reset(): void {
    this.stop();
    this.ladder = new Ladder();
    this.settled = new Settled();
    this.samples = new LineSamples();
    this.layers.clear();
    this.line = null;
    this.level = "good";
    this.told = null;
    this.callId = "";
    this.hiddenSince = null;
    this.away.value = false;
    this.pins.value = UNPINNED;
    this.sent.value = this.given.value = TOP;
    this.held.value = this.poor.value = new Set();
  }

  private async takeSample(): Promise<void> {
    const { rows, askedBps } = await this.actions.sample().catch(() => ({ rows: [], askedBps: 0 }));
    if (this.sampler === null) return;
    this.line = this.samples.take(rows, askedBps);
    this.report(this.level);
    this.looked();
    [...this.layers.keys()].filter((id) => !this.actions.producerOf(id)).forEach((id) => this.layers.delete(id));
    this.measure();
    this.tell();
  }

  private advance(): void {
    if (this.ladder.handleTimeout(elapsed())) {
      this.sent.value = this.ladder.rung;
      this.apply();
    }
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const wait = this.ladder.nextDeadline() - elapsed();
    if (Number.isFinite(wait) && this.sampler !== null) this.timer = setTimeout(() => this.advance(), Math.max(0, wait));
  }

  /** See what I am given of what is sent. */
  private measure(): void {
    const given: (Given & { producerId: string })[] = [];
    for (const [consumerId, { layer, layers, limited_by: limitedBy }] of this.layers) {
      const producer = this.actions.producerOf(consumerId);
      if (producer && !producer.paused) given.push({ producerId: producer.producer_id, track: producer.track, layer, layers, limitedBy });
    }
    const papers = given.filter(({ track }) => track === "document_camera");
    this.held.value = ids(given.filter(isHeld));
    this.poor.value = ids(papers.filter(isPoor));
    // What is lost on somebody's way up is missing here too, and is no fault of my line.
    const soundLost = (this.line?.soundLost ?? false) && !this.actions.sentBadly();
    if (this.settled.report(receivedRung(given, soundLost), elapsed())) this.given.value = this.settled.rung;
  }

  /** A pin asks for less, never for more than the line gives. */
  private receivedNow(): RungView {
    const pin = pinned(this.pins.value.receiving);
    const given = this.given.value;
    return pin && STEPS.indexOf(pin.step) >= STEPS.indexOf(given.step) ? pin : given;
  }

  private apply(): void {
    this.actions.send(this.sending.value.step);
    this.actions.receiveAt(this.pins.value.receiving ?? "high");
  }

  private looked(): void {
    const now = elapsed();
    this.hiddenSince = isSeen(document) ? null : (this.hiddenSince ?? now);
    const away = this.hiddenSince !== null && now - this.hiddenSince >= HIDDEN_AFTER_MS;
    if (away === this.away.value) return;
    this.away.value = away;
    this.tell();
  }

  /** Tell the others what they do not know yet; what was not heard is told with the next sample. */
  private tell(): void {
    const receiving: RungView = this.away.value ? { step: "voice", why: "hidden" } : this.receiving.value;
    const now = { sending: this.sending.value, receiving };
    if (this.told && isSame(this.told.sending, now.sending) && isSame(this.told.receiving, now.receiving)) return;
    this.told = now;
    this.actions.tell(now.sending, now.receiving).catch(() => this.told === now && (this.told = null));
  }
}

/** Whether nothing of a track is asked for on a step that was pinned. */
export function isLeftOut(pins: Pins, track: Track): boolean {
  return pins.receiving !== null && capOf(pins.receiving, track) === 0;
}

function pinned(step: LadderStep | null): RungView | null {
  return step && { step, why: "pinned" };
}

function isSame(one: RungView, other: RungView): boolean {
  return one.step === other.step && one.why === other.why;
}

function ids(given: readonly { producerId: string }[]): ReadonlySet<string> {
  return new Set(given.map(({ producerId }) => producerId));
}

function recall(callId: string): Pins {
  const stored = tabOnly.recall<{ callId?: string; pins?: Partial<Pins> }>(STORAGE_KEY);
  if (stored?.callId !== callId) return UNPINNED;
  const known = (step: LadderStep | null | undefined) => (step && STEPS.includes(step) ? step : null);
  return { sending: known(stored.pins?.sending), receiving: known(stored.pins?.receiving) };
}
