/**
 * The server's end of a page's channel: a fake of socket.io's client over a call whose one seat keeps the real rules.
 *
 * A message takes `LATENCY_MS` each way, so that a channel can break between a command and its answer. The rules are
 * those of the session and media services: a rejoin of the same generation and epoch keeps the transports and any other
 * closes them, a second handshake of a transport is refused, a second track of a kind replaces the first, media
 * commands belong to the socket that holds the seat, and events follow the snapshot.
 */
import * as parameters from "mediasoup-client/fakeParameters";
import type { Ack, CallView, ChatView, CommandName, EventName, Events, MarkView, ParticipantView, ProducerView } from "@/protocol/generated";
import { callView } from "../session/mount";

/** One way, in ms. */
export const LATENCY_MS = 2;

type Listener = (...values: never[]) => void;
type Body = Record<string, unknown>;
type Answer = (body: Body) => unknown;

/** A refusal by code, as the server's services raise it. */
class Refusal extends Error {}

function refuse(code: string): never {
  throw new Refusal(code);
}

/** What `io()` returns: connects, breaks and comes back as the test says. */
class FakeSocket {
  connected = false;
  active = true;
  private readonly named = new Map<string, Set<Listener>>();
  private readonly all = new Set<Listener>();
  /** Counts connections: what was said on an earlier one reaches nobody. */
  line = 0;

  constructor(private readonly server: FakeServer) {}

  on(name: string, listener: Listener): void {
    this.named.set(name, (this.named.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    this.named.get(name)?.delete(listener);
  }

  onAny(listener: Listener): void {
    this.all.add(listener);
  }

  removeAllListeners(): void {
    this.named.clear();
    this.all.clear();
  }

  connect(): void {
    this.server.connected(this);
  }

  disconnect(): void {
    this.lose();
    this.server.socket = null;
  }

  get listeners(): number {
    return [...this.named.values()].reduce((sum, listeners) => sum + listeners.size, this.all.size);
  }

  tell(name: string, ...values: unknown[]): void {
    [...(this.named.get(name) ?? [])].forEach((listener) => listener(...(values as never[])));
  }

  hear(name: EventName, event: unknown): void {
    this.all.forEach((listener) => listener(name as never, event as never));
  }

  lose(): void {
    if (!this.connected) return;
    this.connected = false;
    this.line += 1;
    this.tell("disconnect", "transport close");
  }

  emit(name: CommandName, envelope: { command_id: string; body: Body }, ack: (answer: Ack) => void): void {
    const line = this.line;
    const reply = (answer: Ack) => setTimeout(() => this.line === line && ack(answer), LATENCY_MS);
    setTimeout(() => this.line === line && this.server.arrive(name, envelope, reply, line), LATENCY_MS);
  }
}

interface Produced {
  view: ProducerView;
  transport: string;
}

/** My seat as the server sees it. */
interface Seat {
  generation: number;
  line: number | null;
  transports: Map<string, { direction: string; connected: boolean }>;
  producers: Map<string, Produced>;
  consumers: Map<string, { producerId: string; resumed: boolean }>;
}

export const ME: ParticipantView = {
  participant_id: "clerk",
  staff_id: "s1",
  name: "王秀英",
  title: "",
  part: "clerk",
  sends: ["microphone", "camera", "document_camera", "desktop"],
  awaited: true,
  generation: 1,
  online: true,
  away: null,
  quality: null, uplink: null, downlink: null,
  sending: { step: "high", why: null }, receiving: { step: "high", why: null },
};
export const OTHER: ParticipantView = { ...ME, participant_id: "specialist", staff_id: "s2", name: "李明", part: "specialist" };

export function producerOf(who: ParticipantView, track: ProducerView["track"], id = `${who.participant_id}-${track}`): ProducerView {
  const kind = track === "microphone" ? "audio" : "video";
  return { producer_id: id, participant_id: who.participant_id, track, kind, paused: false, silenced: false, display_surface: null };
}

export class FakeServer {
  socket: FakeSocket | null = null;
  epoch = "epoch-1";
  call: CallView = callView({ call_id: "c1", state: "connected" });
  seat: Seat = emptySeat();
  /** Tracks of the other person, by producer. */
  readonly offered = new Map<string, ProducerView>();
  wasSharing = false;
  /** Entry script of the web client it serves. */
  build: string | null = null;
  /** The newest page of the chat, and where older ones begin. */
  recorded: { chat: ChatView[]; earlier: MarkView | null } = { chat: [], earlier: null };
  /** What this page told of its ladder last. */
  ladder: Pick<ParticipantView, "sending" | "receiving"> = { sending: ME.sending, receiving: ME.receiving };
  /** Commands as they arrived. */
  readonly heard: { name: CommandName; body: Body }[] = [];
  private readonly answers = new Map<CommandName, Answer>();
  private readonly refusals = new Map<CommandName, (string | null)[]>();
  private readonly gates = new Map<CommandName, Promise<void>>();
  private readonly lost = new Set<CommandName>();
  private readonly remembered = new Map<string, Promise<Ack>>();
  private frozen: Promise<void> | null = null;
  private ids = 0;

  /** The factory `io` of socket.io-client. */
  io = (): FakeSocket => {
    this.socket = new FakeSocket(this);
    return this.socket;
  };

  /** The page's channel comes up, or comes back. */
  connect(callId: string | null = null): void {
    this.socket!.connect();
    this.emit("welcome", { staff_id: "s1", pad_id: null, presence: null, today: null, call_id: callId, build: this.build });
  }

  connected(socket: FakeSocket): void {
    socket.connected = true;
    socket.line += 1;
    socket.tell("connect");
  }

  /** The channel breaks; what is on its way either way is lost. */
  drop(): void {
    if (this.seat.line === this.socket?.line) this.seat.line = null;
    this.socket?.lose();
  }

  /** Answer a command in the test's own way. */
  answer(name: CommandName, answer: Answer): void {
    this.answers.set(name, answer);
  }

  /** Refuse the next ones, by code; null: never answer. */
  refuse(name: CommandName, ...codes: (string | null)[]): void {
    this.refusals.set(name, [...(this.refusals.get(name) ?? []), ...codes]);
  }

  /** Let commands of this name wait on arrival until the returned function is called. */
  hold(name: CommandName): () => void {
    let release = (): void => undefined;
    this.gates.set(name, new Promise<void>((resolve) => (release = resolve)));
    return () => {
      this.gates.delete(name);
      release();
    };
  }

  /** Carry out the next command of this name, and break the channel before its answer arrives. */
  loseAnswer(name: CommandName): void {
    this.lost.add(name);
  }

  /** No more mischief: everything is answered again. */
  behave(): void {
    this.lost.clear();
    this.refusals.clear();
  }

  times(name: CommandName): number {
    return this.heard.filter((one) => one.name === name).length;
  }

  last(name: CommandName): Body | undefined {
    return this.heard.filter((one) => one.name === name).at(-1)?.body;
  }

  emit<N extends EventName>(name: N, event: Events[N]): void {
    const socket = this.socket;
    const line = socket?.line;
    setTimeout(() => socket?.connected && socket.line === line && socket.hear(name, event), LATENCY_MS);
  }

  /** The other person sends a track, or changes it. */
  offer(producer: ProducerView): void {
    this.offered.set(producer.producer_id, producer);
    this.emit("producer.changed", { call_id: this.call.call_id, producer });
  }

  /** The other person stops sending. */
  withdraw(producerId: string): void {
    this.offered.delete(producerId);
    for (const [id, consumer] of this.seat.consumers) {
      if (consumer.producerId !== producerId) continue;
      this.seat.consumers.delete(id);
      const closed = { consumer_id: id, producer_id: producerId, reason: "producer_closed" };
      this.emit("consumer.closed", { call_id: this.call.call_id, ...closed });
    }
    this.emit("producer.removed", { call_id: this.call.call_id, producer_id: producerId, reason: "closed" });
  }

  /** The media process is replaced. */
  restart(): void {
    this.epoch = `epoch-${(this.ids += 1)}`;
    this.forgetMedia();
    this.emit("media.restarted", { call_id: this.call.call_id, epoch: this.epoch });
  }

  /** Another window of mine takes the seat. */
  takeOver(): void {
    this.forgetMedia();
    this.seat.generation += 1;
    this.seat.line = -1;
    this.emit("superseded", { call_id: this.call.call_id });
  }

  /** The call becomes another state for everybody. */
  become(change: Partial<CallView>): void {
    this.call = { ...this.call, ...change, version: this.call.version + 1 };
    this.emit("call.changed", this.call);
  }

  /** The server stands still: what arrives is carried out, in order, once the returned function is called. */
  freeze(): () => void {
    let thaw = (): void => undefined;
    this.frozen = new Promise<void>((resolve) => (thaw = resolve));
    return () => {
      this.frozen = null;
      thaw();
    };
  }

  /** Said again under the same id, a command is carried out once and answered as the first time; not so drawings. */
  async arrive(name: CommandName, envelope: { command_id: string; body: Body }, reply: (answer: Ack) => void, line: number): Promise<void> {
    if (this.frozen) await this.frozen;
    const key = `${line} ${name} ${envelope.command_id}`;
    const first = this.remembered.get(key);
    const answer = first ?? new Promise<Ack>((resolve) => void this.receive(name, envelope.body, resolve, line));
    if (!name.startsWith("annotation.")) this.remembered.set(key, answer);
    reply(await answer);
  }

  async receive(name: CommandName, body: Body, reply: (answer: Ack) => void, line: number): Promise<void> {
    this.heard.push({ name, body });
    await this.gates.get(name);
    const refusal = this.refusals.get(name)?.shift();
    if (refusal === null) return;
    try {
      if (refusal !== undefined) refuse(refusal);
      reply({ ok: true, result: this.perform(name, body, line) as never, error: null, at: Date.now() / 1000 });
      if (this.lost.delete(name)) this.drop();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reply({ ok: false, result: null, error: { code: error.message, sentence: "", field: null }, at: Date.now() / 1000 });
    }
  }

  private perform(name: CommandName, body: Body, line: number): unknown {
    const answer = this.answers.get(name);
    if (answer) return answer(body);
    if (name === "call.join") return this.join(body, line);
    if (!name.startsWith("media.")) return {};
    if (this.seat.line !== line) refuse(this.seat.line === null ? "not_in_call" : "superseded");
    return this.media(name, body as Record<string, string>);
  }

  private join(body: Body, line: number): unknown {
    if (body.call_id !== this.call.call_id) refuse("call_not_found");
    if (this.call.state !== "connected" && this.call.state !== "reconnecting") refuse("bad_state");
    const { seat } = this;
    const same = body.generation === seat.generation && body.epoch === this.epoch;
    const kept = same && (seat.line !== null || seat.transports.size > 0);
    const gone = kept ? [] : [...seat.producers.keys()];
    if (!kept) {
      this.forgetMedia();
      seat.generation += 1;
    }
    seat.line = line;
    gone.forEach((id) => this.emit("producer.removed", { call_id: this.call.call_id, producer_id: id, reason: "superseded" }));
    return {
      call: this.call,
      participant_id: ME.participant_id,
      generation: seat.generation,
      participants: [{ ...ME, ...this.ladder }, OTHER],
      producers: [...this.offered.values(), ...[...seat.producers.values()].map(({ view }) => view)],
      media: {
        epoch: this.epoch,
        router_rtp_capabilities: parameters.generateRouterRtpCapabilities(),
        ice_servers: [],
        ice_transport_policy: "all",
      },
      chat: this.recorded.chat,
      cards: [],
      stills: [],
      files: [],
      strokes: [],
      earlier: { chat: this.recorded.earlier, cards: null, stills: null, strokes: null },
      was_sharing: this.wasSharing && !kept,
    };
  }

  private media(name: CommandName, body: Record<string, string>): unknown {
    const { seat } = this;
    const transport = seat.transports.get(body.transport_id!);
    if (body.transport_id && !transport) refuse("transport_not_found");
    const producer = seat.producers.get(body.producer_id!);
    switch (name) {
      case "media.create_transport":
        return this.createTransport(body.direction!);
      case "media.connect_transport":
        if (transport!.connected) refuse("bad_state");
        transport!.connected = true;
        return {};
      case "media.restart_ice":
        return { ice_parameters: parameters.generateTransportRemoteParameters().iceParameters, ice_servers: [] };
      case "media.produce":
        return this.produce(body);
      case "media.consume":
        return this.consume(body);
      case "media.resume_consumer": {
        const consumer = seat.consumers.get(body.consumer_id!) ?? refuse("consumer_not_found");
        consumer.resumed = true;
        return {};
      }
      case "media.pause_consumer": {
        const consumer = seat.consumers.get(body.consumer_id!) ?? refuse("consumer_not_found");
        consumer.resumed = false;
        return {};
      }
      case "media.close_consumer":
        return seat.consumers.delete(body.consumer_id!) ? {} : refuse("consumer_not_found");
      case "media.pause_producer":
      case "media.resume_producer":
        Object.assign((producer ?? refuse("producer_not_found")).view, {
          paused: name === "media.pause_producer",
          silenced: Boolean(body.silenced),
        });
        return {};
      case "media.close_producer":
        return seat.producers.delete(body.producer_id!) ? {} : refuse("producer_not_found");
      case "media.tell_ladder":
        this.ladder = body as unknown as FakeServer["ladder"];
        return {};
      default:
        return refuse("unexpected");
    }
  }

  private createTransport(direction: string): unknown {
    const { seat } = this;
    if (seat.transports.size >= 4) refuse("too_many_transports");
    const id = `transport-${(this.ids += 1)}`;
    seat.transports.set(id, { direction, connected: false });
    const made = parameters.generateTransportRemoteParameters();
    return {
      transport_id: id,
      ice_parameters: made.iceParameters,
      ice_candidates: made.iceCandidates,
      dtls_parameters: made.dtlsParameters,
      sctp_parameters: null,
    };
  }

  /** Produce as ever, but refuse one track. */
  produceUnless(body: Body, track: string, code: string): unknown {
    return body.track === track ? refuse(code) : this.produce(body);
  }

  private produce(body: Body): unknown {
    const track = body.track as ProducerView["track"];
    const { producers } = this.seat;
    for (const [id, { view }] of producers) {
      if (view.track !== track) continue;
      producers.delete(id);
      this.emit("producer.removed", { call_id: this.call.call_id, producer_id: id, reason: "replaced" });
    }
    const id = `producer-${(this.ids += 1)}`;
    const view = { ...producerOf(ME, track, id), paused: body.paused === true, silenced: body.silenced === true };
    producers.set(id, { view, transport: body.transport_id as string });
    this.emit("producer.changed", { call_id: this.call.call_id, producer: { ...view } });
    return { producer_id: id };
  }

  private consume(body: Body): unknown {
    const producer = this.offered.get(body.producer_id as string) ?? refuse("producer_not_found");
    const id = `consumer-${(this.ids += 1)}`;
    this.seat.consumers.set(id, { producerId: producer.producer_id, resumed: false });
    const codecMimeType = producer.kind === "audio" ? "audio/opus" : "video/VP8";
    const made = parameters.generateConsumerRemoteParameters({ id, codecMimeType });
    return {
      consumer_id: id,
      producer_id: producer.producer_id,
      kind: producer.kind,
      rtp_parameters: made.rtpParameters,
      producer_paused: producer.paused,
    };
  }

  private forgetMedia(): void {
    this.ladder = { sending: ME.sending, receiving: ME.receiving };
    this.seat.transports.clear();
    this.seat.producers.clear();
    this.seat.consumers.clear();
  }
}

function emptySeat(): Seat {
  return { generation: 0, line: null, transports: new Map(), producers: new Map(), consumers: new Map() };
}

/** The server of the page under test. */
let current = new FakeServer();

export function freshServer(): FakeServer {
  current = new FakeServer();
  return current;
}

/** The module `socket.io-client`. */
export const socketIo = { io: () => current.io() };
