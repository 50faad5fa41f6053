/** The media of one life in one call: a device, a transport out, a transport in, what is sent and what is received. */
import { Device, type types } from "mediasoup-client";
import { UnansweredError } from "@/protocol/errors";
import type { CommandName, Commands, LadderStep, MediaView, Opaque, ProducerView, Track, TransportView } from "@/protocol/generated";
import { sharesOn } from "@/rtc/ladder";
import { Publications, type About, type Flow } from "@/rtc/publications";
import { PathRepair, type Health } from "@/rtc/repair";
import { Subscriptions } from "@/rtc/subscriptions";

/** Sends a command and resolves with its result; `SignalSocket.emitCommand` without its options. */
export type Emit = <N extends CommandName>(name: N, body: Commands[N]["body"]) => Promise<Commands[N]["result"]>;

export interface RoomHandlers {
  /** A track of somebody else arrived, or ended (null). */
  remote(producerId: string, track: MediaStreamTrack | null): void;
  /** Both transports together: connected, hurt (a restart is tried), or lost for good. */
  health(state: Health): void;
}

type Direction = "send" | "recv";

/** A room that was closed before it stood. */
class ClosedError extends Error {}

export class Room {
  private readonly device = new Device();
  private readonly transports: types.Transport[] = [];
  private readonly repairs: PathRepair[] = [];
  private publications: Publications | null = null;
  private subscriptions: Subscriptions | null = null;
  private health: Health = "connected";
  private sending: LadderStep = "high";
  private receiving: LadderStep = "high";
  private closed = false;

  constructor(
    private readonly callId: string,
    private readonly emit: Emit,
    private readonly handlers: RoomHandlers,
    private readonly codec: string,
  ) {}

  /** Both transports stand and neither is beyond repair. */
  get whole(): boolean {
    return !this.closed && this.publications !== null && this.subscriptions !== null && this.health !== "lost";
  }

  /** Learn the router's abilities and open both transports; rejects when the room is closed meanwhile. */
  async start(media: MediaView): Promise<void> {
    await this.device.load({ routerRtpCapabilities: media.router_rtp_capabilities as types.RtpCapabilities });
    const [send, recv] = await Promise.all([this.openTransport("send", media), this.openTransport("recv", media)]);
    const { callId, emit, codec } = this;
    const codecs = this.device.sendRtpCapabilities.codecs ?? [];
    this.publications = new Publications({ callId, emit, codec, codecs, transport: send }, sharesOn(this.sending));
    const { recvRtpCapabilities: capabilities } = this.device;
    const remote = this.handlers.remote.bind(this.handlers);
    const stuck = () => this.giveUp();
    this.subscriptions = new Subscriptions({ callId, emit, capabilities, remote, stuck, transport: recv }, this.receiving);
  }

  /** Send a track, or hold it back; a track already sent under that name is replaced without telling anybody. */
  async publish(name: Track, track: MediaStreamTrack, about: About, flow: Flow): Promise<void> {
    if (!this.publications) throw new Error("room not started");
    try {
      await this.publications.publish(name, track, about, flow);
    } catch (error) {
      if (error instanceof UnansweredError) this.giveUp(); // who knows what the server has: build anew
      throw error;
    }
  }

  /** Stop sending a track and tell the server. */
  async unpublish(name: Track): Promise<void> {
    await this.publications?.unpublish(name);
  }

  /** Hold back or send what is published; the server is told, which stops forwarding. */
  async setFlow(name: Track, flow: Flow): Promise<void> {
    await this.publications?.setFlow(name, flow);
  }

  /** Receive somebody's track; asking twice is harmless. Resolves after the first try; more follow by themselves. */
  async subscribe(producer: ProducerView): Promise<void> {
    if (!this.closed) await this.subscriptions?.want(producer);
  }

  /** The producer is gone: stop receiving it. */
  unsubscribe(producerId: string): void {
    this.subscriptions?.drop(producerId);
  }

  /** Producers that are received, or tried to be. */
  wanted(): string[] {
    return this.subscriptions?.wanted() ?? [];
  }

  /** Nobody takes encodings above `maxLayer` of what I send. */
  async limitLayers(producerId: string, maxLayer: number): Promise<void> {
    await this.publications?.limitLayers(producerId, maxLayer);
  }

  /** Send what a step of the ladder leaves of each picture. */
  async send(step: LadderStep): Promise<void> {
    this.sending = step;
    await this.publications?.share(sharesOn(step));
  }

  /** Ask for no more than a step of the ladder. */
  receiveAt(step: LadderStep): void {
    this.receiving = step;
    this.subscriptions?.capAt(step);
  }

  /** The producer behind one of my consumers. */
  producerOf(consumerId: string): string | null {
    return this.subscriptions?.producerOf(consumerId) ?? null;
  }

  /** What the browser is asked to send of pictures, in bit/s at most. */
  askedBps(): number {
    return this.publications?.askedBps() ?? 0;
  }

  /** The server closed a producer: when it is one of mine that I still send, this room is no longer what it believes. */
  producerRemoved(producerId: string): void {
    if (this.publications?.holds(producerId)) this.giveUp();
  }

  /** The channel was away: repair the paths that suffered, and agree with the server on what I send. */
  async resume(mine: readonly ProducerView[]): Promise<void> {
    await Promise.all([this.publications?.reconcile(mine), ...this.repairs.map((repair) => repair.heal())]);
  }

  /** Raw statistics of both transports, for the tests and the support page. */
  async stats(): Promise<RTCStatsReport[]> {
    return Promise.all(this.transports.map((transport) => transport.getStats()));
  }

  close(): void {
    this.closed = true;
    this.repairs.forEach((repair) => repair.close());
    this.subscriptions?.close();
    this.transports.forEach((transport) => transport.close());
  }

  private giveUp(): void {
    this.repairs[0]?.giveUp();
  }

  private async openTransport(direction: Direction, media: MediaView): Promise<types.Transport> {
    const view = await this.emit("media.create_transport", { call_id: this.callId, direction });
    if (this.closed) throw new ClosedError();
    const options = transportOptions(view, media);
    const transport =
      direction === "send" ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
    const repair = new PathRepair(() => this.restartIce(transport), () => this.healthChanged());
    this.transports.push(transport);
    this.repairs.push(repair);
    transport.on("connect", ({ dtlsParameters }, done, failed) => {
      const body = { call_id: this.callId, transport_id: transport.id, dtls_parameters: dtlsParameters as unknown as Opaque };
      this.emit("media.connect_transport", body).then(() => (done(), repair.begin()), (error) => {
        failed(error);
        repair.giveUp(); // the server may have heard it, and hears a handshake only once
      });
    });
    transport.on("connectionstatechange", (state) => repair.handleState(state));
    return transport;
  }

  private async restartIce(transport: types.Transport): Promise<void> {
    const view = await this.emit("media.restart_ice", { call_id: this.callId, transport_id: transport.id });
    // Firefox keeps those it was made with: mediasoup-client cannot change them there.
    await transport.updateIceServers({ iceServers: view.ice_servers }).catch(() => undefined);
    await transport.restartIce({ iceParameters: view.ice_parameters as unknown as types.IceParameters });
  }

  private healthChanged(): void {
    const worst = (["lost", "hurt"] as const).find((state) => this.repairs.some(({ health }) => health === state));
    const before = this.health;
    this.health = worst ?? "connected";
    if (!this.closed && this.health !== before) this.handlers.health(this.health);
  }
}

function transportOptions(view: TransportView, media: MediaView): types.TransportOptions {
  return {
    id: view.transport_id,
    iceParameters: view.ice_parameters as unknown as types.IceParameters,
    iceCandidates: view.ice_candidates as unknown as types.IceCandidate[],
    dtlsParameters: view.dtls_parameters as unknown as types.DtlsParameters,
    sctpParameters: (view.sctp_parameters ?? undefined) as types.SctpParameters | undefined,
    iceServers: media.ice_servers,
    iceTransportPolicy: media.ice_transport_policy,
  };
}
