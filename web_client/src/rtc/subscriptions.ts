/** What is received in a room: each track for itself, tried again a few times, and given back when it ended meanwhile. */
import type { types } from "mediasoup-client";
import { OfflineError, ServerError, UnansweredError } from "@/protocol/errors";
import type { ConsumerView, LadderStep, Opaque, ProducerView } from "@/protocol/generated";
import type { Emit } from "@/rtc/room";
import { capOf } from "@/rtc/received";
import { viewing } from "@/rtc/viewing";

/** Time before a track that could not be received is tried again, in ms; twice as long each time. */
const RETRY_AFTER_MS = 1_000;
const RETRIES = 4;

export interface ReceivingSide {
  callId: string;
  emit: Emit;
  transport: types.Transport;
  capabilities: types.RtpCapabilities;
  /** A track of somebody else arrived, or ended (null). */
  remote(producerId: string, track: MediaStreamTrack | null): void;
  /** A track could not be had for lack of answers, however often it was asked for. */
  stuck(): void;
}

export class Subscriptions {
  private readonly all = new Map<string, Subscription>();

  /** `cap` is the highest step of the ladder that is asked for. */
  constructor(
    private readonly side: ReceivingSide,
    private cap: LadderStep = "high",
  ) {}

  /** Receive this track; asking again is harmless, and tries again what waits. Resolves after the first try. */
  want(producer: ProducerView): Promise<void> {
    const one = this.all.get(producer.producer_id) ?? new Subscription(this.side, producer, capOf(this.cap, producer.track));
    this.all.set(producer.producer_id, one);
    return one.tryNow();
  }

  /** The producer is gone: stop receiving it, or trying to. */
  drop(producerId: string): void {
    this.all.get(producerId)?.end();
    this.all.delete(producerId);
  }

  /** Ask for no more than a step of the ladder. */
  capAt(step: LadderStep): void {
    this.cap = step;
    this.all.forEach((one) => one.capAt(capOf(step, one.track)));
  }

  /** Whose consumer it is. */
  producerOf(consumerId: string): string | null {
    return [...this.all].find(([, one]) => one.has(consumerId))?.[0] ?? null;
  }

  wanted(): string[] {
    return [...this.all.keys()];
  }

  /** The transport is about to be closed, and everything of it with it. */
  close(): void {
    this.all.forEach((one) => one.transportClosed());
    this.all.clear();
  }
}

class Subscription {
  private offer: ConsumerView | null = null;
  private consumer: types.Consumer | null = null;
  private resumed = false;
  /** At which it is shown, in pixels; null before it is. */
  private height: number | null = null;
  private ended = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: Promise<void> | null = null;
  /** Ends every wait: a transport that is closed leaves its `consume` without an answer. */
  private stopTelling: () => void = () => undefined;
  private stopWaiting: () => void = () => undefined;
  private readonly stopped = new Promise<null>((resolve) => (this.stopWaiting = () => resolve(null)));

  constructor(
    private readonly side: ReceivingSide,
    private readonly producer: ProducerView,
    private cap: number,
  ) {}

  get track(): ProducerView["track"] {
    return this.producer.track;
  }

  has(consumerId: string): boolean {
    return this.offer?.consumer_id === consumerId;
  }

  /** Ask for no more than so many pixels of height, or no sound (0). */
  capAt(height: number): void {
    if (height === this.cap) return;
    this.cap = height;
    if (!this.resumed || !this.offer) return;
    if (this.consumer?.kind === "audio") void this.hear(this.offer.consumer_id).catch(() => undefined);
    else if (this.height !== null) this.tellHeight(this.offer.consumer_id);
  }

  tryNow(): Promise<void> {
    this.cancel();
    if (this.resumed || this.ended) return Promise.resolve();
    this.running ??= this.advance()
      .catch((error) => this.failed(error))
      .finally(() => (this.running = null));
    return Promise.race([this.running, this.stopped.then(() => undefined)]);
  }

  /** The track is gone; the server hears of it when it may still hold a consumer for it. */
  end(): void {
    this.stop();
    if (!this.resumed) this.giveBack();
    this.consumer?.close();
    if (this.consumer) this.side.remote(this.producer.producer_id, null);
  }

  transportClosed(): void {
    this.stop();
    if (this.consumer) this.side.remote(this.producer.producer_id, null);
  }

  /** Consume, receive, resume: each step once, from where the last try ended. */
  private async advance(): Promise<void> {
    const { callId, emit, transport, capabilities } = this.side;
    this.offer ??= await emit("media.consume", {
      call_id: callId,
      transport_id: transport.id,
      producer_id: this.producer.producer_id,
      rtp_capabilities: capabilities as unknown as Opaque,
    });
    if (this.ended) return this.giveBack();
    this.consumer ??= await this.receive(this.offer);
    if (this.ended || !this.consumer) return;
    this.tellHeights(this.consumer, this.offer.consumer_id);
    await this.hear(this.offer.consumer_id);
    this.resumed = true;
    this.failures = 0;
  }

  private async receive(offer: ConsumerView): Promise<types.Consumer | null> {
    const { producer_id: id, participant_id: sender, track } = this.producer;
    const receiving = this.side.transport.consume({
      id: offer.consumer_id,
      producerId: offer.producer_id,
      kind: offer.kind,
      rtpParameters: offer.rtp_parameters as unknown as types.RtpParameters,
      streamId: track === "microphone" || track === "camera" ? sender : id,
    });
    const consumer = await Promise.race([receiving, this.stopped]);
    if (consumer) this.side.remote(id, consumer.track);
    else receiving.then((late) => late.close(), () => undefined);
    return consumer;
  }

  /** Say how high the picture is shown whenever that changes; what is not heard is said with the next change. */
  private tellHeights(consumer: types.Consumer, consumerId: string): void {
    if (consumer.kind !== "video") return;
    this.stopTelling();
    this.stopTelling = viewing.tell(consumer.track, (height) => {
      this.height = height;
      this.tellHeight(consumerId);
    });
  }

  private tellHeight(consumerId: string): void {
    const { callId, emit } = this.side;
    const height = Math.min(this.height ?? 0, this.cap);
    emit("media.view_consumer", { call_id: callId, consumer_id: consumerId, height }).catch(() => undefined);
  }

  /** Have it sent; sound that is not asked for is not. */
  private async hear(consumerId: string): Promise<void> {
    const { callId, emit } = this.side;
    const deaf = this.track === "microphone" && this.cap === 0;
    await emit(deaf ? "media.pause_consumer" : "media.resume_consumer", { call_id: callId, consumer_id: consumerId });
  }

  private failed(error: unknown): void {
    if (this.ended) return;
    const code = error instanceof ServerError ? error.code : "";
    if (code === "consumer_not_found") this.beginAgain();
    // A producer that ended meanwhile is refused; its removal arrives as an event of its own.
    const hopeless = code === "producer_not_found" || (error as Error).name === "UnsupportedError";
    // Without the channel nothing is tried: whoever comes back into the session asks again.
    if (hopeless) this.giveBack();
    else if (!(error instanceof OfflineError)) this.tryLater(error);
  }

  /** A few times, longer apart each; a server that never answers is not what this room was built with. */
  private tryLater(error: unknown): void {
    this.failures += 1;
    if (this.failures <= RETRIES) {
      this.timer = setTimeout(() => void this.tryNow(), RETRY_AFTER_MS * 2 ** (this.failures - 1));
    } else if (error instanceof UnansweredError) this.side.stuck();
  }

  private beginAgain(): void {
    this.stopTelling();
    this.consumer?.close();
    if (this.consumer) this.side.remote(this.producer.producer_id, null);
    this.offer = this.consumer = null;
  }

  private giveBack(): void {
    if (!this.offer || this.side.transport.closed) return;
    const { callId, emit } = this.side;
    emit("media.close_consumer", { call_id: callId, consumer_id: this.offer.consumer_id }).catch(() => undefined);
    this.offer = null;
  }

  private stop(): void {
    this.ended = true;
    this.cancel();
    this.stopTelling();
    this.stopWaiting();
  }

  private cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
