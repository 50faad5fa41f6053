/** The session's media: one room at a time, what it receives as pictures and sound, and my tracks sent into it. */
import { markRaw, ref, shallowReactive } from "vue";
import type { LadderStep, ProducerView, SnapshotView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { withheldOn } from "@/rtc/ladder";
import type { Health } from "@/rtc/repair";
import { Room, type Emit } from "@/rtc/room";
import { useDevices } from "@/state/devices";
import type { Loudspeaker } from "@/state/session/loudspeaker";
import type { Roster } from "@/state/session/roster";
import type { Sources } from "@/state/session/sources";

const emit: Emit = (name, body) => signal.emitCommand(name, body);

export class SessionMedia {
  /** Pictures received, by producer. */
  readonly streams = shallowReactive(new Map<string, MediaStream>());
  /** The media is interrupted and being repaired. */
  readonly hurt = ref(false);
  private room: Room | null = null;
  private sending: LadderStep = "high";
  private receiving: LadderStep = "high";

  /** `lost` runs when the transports are beyond repair. */
  constructor(
    private readonly roster: Roster,
    private readonly sources: Sources,
    private readonly loudspeaker: Loudspeaker,
    private readonly lost: () => void,
  ) {}

  /** There are transports, and neither is beyond repair. */
  get whole(): boolean {
    return this.room?.whole ?? false;
  }

  /** Build transports, send what this tab had on, and receive everything; rejects when they could not be built. */
  async build(snapshot: SnapshotView): Promise<void> {
    this.close();
    const callId = snapshot.call.call_id;
    const handlers = { remote: this.remote.bind(this), health: this.health.bind(this) };
    const room = new Room(callId, emit, handlers, useDevices().codec);
    this.room = room;
    void room.send(this.sending);
    room.receiveAt(this.receiving);
    this.hurt.value = false;
    await room.start(snapshot.media);
    this.loudspeaker.listenFor(callId);
    this.sources.enter(room, callId, this.roster.usual());
    await this.receiveAll(room);
  }

  /** The transports outlived the loss of the channel: repair their paths and agree again on who sends what. */
  async resume(): Promise<void> {
    const room = this.room;
    await room?.resume(this.roster.sentByMe());
    if (!room || this.room !== room) return;
    this.sources.resend();
    await this.receiveAll(room);
  }

  async receive(producer: ProducerView): Promise<void> {
    if (!this.roster.isMe(producer.participant_id)) await this.room?.subscribe(producer);
  }

  stopReceiving(producerId: string): void {
    this.room?.unsubscribe(producerId);
  }

  /** A track ended: somebody's, or one of mine that I did not end. */
  removed(producerId: string): void {
    this.room?.unsubscribe(producerId);
    this.room?.producerRemoved(producerId);
  }

  /** Nobody takes encodings above `maxLayer` of what I send. */
  async limitLayers(producerId: string, maxLayer: number): Promise<void> {
    await this.room?.limitLayers(producerId, maxLayer);
  }

  /** Send what a step of the ladder leaves, in this room and the next. */
  send(step: LadderStep): void {
    this.sending = step;
    void this.room?.send(step);
    void this.sources.withhold(withheldOn(step));
  }

  /** Ask for no more than a step of the ladder, in this room and the next. */
  receiveAt(step: LadderStep): void {
    this.receiving = step;
    this.room?.receiveAt(step);
  }

  /** The track behind one of my consumers. */
  producerOf(consumerId: string): ProducerView | null {
    const id = this.room?.producerOf(consumerId);
    return this.roster.producers.value.find((producer) => producer.producer_id === id) ?? null;
  }

  /** What the browser is asked to send of pictures, in bit/s at most. */
  askedBps(): number {
    return this.room?.askedBps() ?? 0;
  }

  /** Close the transports; my devices stay open for the next ones. */
  close(): void {
    this.sources.detach();
    this.room?.close();
    this.room = null;
    this.streams.clear();
  }

  /** Raw statistics of the transports. */
  async statistics(): Promise<RTCStatsReport[]> {
    return this.room?.stats() ?? [];
  }

  /** Receive everything the others send, and stop receiving what they no longer send. */
  private async receiveAll(room: Room): Promise<void> {
    const offered = this.roster.offered();
    const known = new Set(offered.map(({ producer_id: id }) => id));
    room.wanted().filter((id) => !known.has(id)).forEach((id) => room.unsubscribe(id));
    await Promise.all(offered.map((producer) => room.subscribe(producer)));
  }

  private remote(producerId: string, track: MediaStreamTrack | null): void {
    if (!track) {
      this.loudspeaker.stop(producerId);
      this.streams.delete(producerId);
    } else if (track.kind === "audio") this.loudspeaker.play(producerId, track);
    else this.streams.set(producerId, markRaw(new MediaStream([track])));
  }

  private health(state: Health): void {
    this.hurt.value = state !== "connected";
    if (state === "lost") this.lost();
  }
}
