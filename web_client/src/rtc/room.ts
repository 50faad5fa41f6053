/** The media of one life in one call: a device, a transport out, a transport in, what is sent and what is received. */
import { Device, type types } from "mediasoup-client";
import type { CommandName, Commands, MediaView, Opaque, ProducerView, Track, TransportView } from "@/protocol/generated";

/** Sends a command and resolves with its result; `SignalSocket.emitCommand` without its options. */
export type Emit = <N extends CommandName>(name: N, body: Commands[N]["body"]) => Promise<Commands[N]["result"]>;

export interface RoomHandlers {
  /** A track of somebody else arrived, or ended (null). */
  remote(producerId: string, track: MediaStreamTrack | null): void;
  /** Both transports together: connected, hurt (a restart is tried), or lost for good. */
  health(state: "connected" | "hurt" | "lost"): void;
}

/** Highest bit rates we configure, in bit/s: what old PCs and village lines carry. */
const BITRATE: Readonly<Record<Exclude<Track, "microphone">, { maxBitrate: number; maxFramerate: number }>> = {
  camera: { maxBitrate: 400_000, maxFramerate: 15 },
  document_camera: { maxBitrate: 800_000, maxFramerate: 5 },
  desktop: { maxBitrate: 1_200_000, maxFramerate: 8 },
};
/** A transport that stays `disconnected` this long gets new ICE credentials, in ms; `failed` ones get them at once. */
const RESTART_AFTER_MS = 2_000;
const RESTART_TRIES = 4;

type Direction = "send" | "recv";

export class Room {
  private readonly device = new Device();
  private readonly transports = new Map<Direction, types.Transport>();
  private readonly producers = new Map<Track, types.Producer>();
  private readonly consumers = new Map<string, types.Consumer>();
  private readonly subscribing = new Set<string>();
  private readonly restarts = new Map<Direction, { tries: number; timer: ReturnType<typeof setTimeout> | null }>();
  private closed = false;

  constructor(
    private readonly callId: string,
    private readonly emit: Emit,
    private readonly handlers: RoomHandlers,
    private readonly codec: string,
  ) {}

  /** Learn the router's abilities and open both transports. Must be awaited before anything else. */
  async start(media: MediaView): Promise<void> {
    await this.device.load({ routerRtpCapabilities: media.router_rtp_capabilities as types.RtpCapabilities });
    await Promise.all([this.openTransport("send", media), this.openTransport("recv", media)]);
  }

  /** Send a track; a track already sent under that name is replaced without telling anybody. Returns the producer id. */
  async publish(name: Track, track: MediaStreamTrack, about: { label: string; displaySurface: string | null }): Promise<string> {
    const known = this.producers.get(name);
    if (known && !known.closed) {
      await known.replaceTrack({ track });
      return known.id;
    }
    const producer = await this.sender().produce({
      track,
      stopTracks: false,
      // A paused microphone keeps sending silence: its clock must not stop, or the recording would cut.
      zeroRtpOnPause: name !== "microphone",
      disableTrackOnPause: true,
      ...this.sendOptions(name),
      appData: { track: name, label: about.label.slice(0, 120), displaySurface: about.displaySurface },
    });
    this.producers.set(name, producer);
    return producer.id;
  }

  /** Stop sending a track and tell the server. */
  async unpublish(name: Track): Promise<void> {
    const producer = this.producers.get(name);
    if (!producer) return;
    this.producers.delete(name);
    producer.close();
    await this.emit("media.close_producer", { call_id: this.callId, producer_id: producer.id });
  }

  /** Mute or unmute what is sent; pausing is told to the server, which stops forwarding. */
  async setPaused(name: Track, paused: boolean): Promise<void> {
    const producer = this.producers.get(name);
    if (!producer || producer.closed || producer.paused === paused) return;
    if (paused) producer.pause();
    else producer.resume();
    const command = paused ? "media.pause_producer" : "media.resume_producer";
    await this.emit(command, { call_id: this.callId, producer_id: producer.id });
  }

  producerId(name: Track): string | null {
    return this.producers.get(name)?.id ?? null;
  }

  /** Receive somebody's track; asking twice is harmless. */
  async subscribe(producer: ProducerView): Promise<void> {
    const id = producer.producer_id;
    const transport = this.transports.get("recv");
    if (!transport || this.closed || this.consumers.has(id) || this.subscribing.has(id)) return;
    this.subscribing.add(id);
    try {
      const offer = await this.emit("media.consume", {
        call_id: this.callId,
        transport_id: transport.id,
        producer_id: id,
        rtp_capabilities: this.device.recvRtpCapabilities as unknown as Opaque,
      });
      const consumer = await transport.consume({
        id: offer.consumer_id,
        producerId: offer.producer_id,
        kind: offer.kind,
        rtpParameters: offer.rtp_parameters as unknown as types.RtpParameters,
        streamId: producer.track === "microphone" || producer.track === "camera" ? producer.participant_id : id,
      });
      this.consumers.set(id, consumer);
      this.handlers.remote(id, consumer.track);
      await this.emit("media.resume_consumer", { call_id: this.callId, consumer_id: consumer.id });
    } finally {
      this.subscribing.delete(id);
    }
  }

  /** The producer is gone: stop receiving it. */
  unsubscribe(producerId: string): void {
    const consumer = this.consumers.get(producerId);
    if (!consumer) return;
    this.consumers.delete(producerId);
    consumer.close();
    this.handlers.remote(producerId, null);
  }

  received(): string[] {
    return [...this.consumers.keys()];
  }

  /** Give transports that are not connected new ICE credentials, as after a change of network. */
  async heal(): Promise<void> {
    await Promise.all(
      [...this.transports].map(([direction, transport]) =>
        transport.connectionState === "connected" || transport.connectionState === "new" ? null : this.restartIce(direction),
      ),
    );
  }

  /** Raw statistics of both transports, for the tests and the support page. */
  async stats(): Promise<RTCStatsReport[]> {
    return Promise.all([...this.transports.values()].map((transport) => transport.getStats()));
  }

  close(): void {
    this.closed = true;
    this.restarts.forEach(({ timer }) => timer !== null && clearTimeout(timer));
    this.received().forEach((id) => this.unsubscribe(id));
    this.transports.forEach((transport) => transport.close());
    this.transports.clear();
    this.producers.clear();
  }

  private sender(): types.Transport {
    const transport = this.transports.get("send");
    if (!transport) throw new Error("room not started");
    return transport;
  }

  private sendOptions(name: Track): Partial<types.ProducerOptions> {
    if (name === "microphone") return { codecOptions: { opusDtx: true, opusFec: true, opusStereo: false } };
    const codecs = this.device.sendRtpCapabilities.codecs ?? [];
    const codec = codecs.find(({ mimeType }) => mimeType.toLowerCase() === `video/${this.codec}`);
    return { codec, encodings: [BITRATE[name]], codecOptions: { videoGoogleStartBitrate: 300 } };
  }

  private async openTransport(direction: Direction, media: MediaView): Promise<void> {
    const view = await this.emit("media.create_transport", { call_id: this.callId, direction });
    const options = transportOptions(view, media);
    const transport =
      direction === "send" ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
    this.transports.set(direction, transport);
    transport.on("connect", ({ dtlsParameters }, done, failed) => {
      const body = { call_id: this.callId, transport_id: transport.id, dtls_parameters: dtlsParameters as unknown as Opaque };
      this.emit("media.connect_transport", body).then(() => done(), failed);
    });
    transport.on("produce", ({ rtpParameters, appData }, done, failed) => {
      this.emit("media.produce", {
        call_id: this.callId,
        transport_id: transport.id,
        track: appData.track as Track,
        rtp_parameters: rtpParameters as unknown as Opaque,
        label: appData.label as string,
        display_surface: appData.displaySurface as string | null,
      }).then(({ producer_id: id }) => done({ id }), failed);
    });
    transport.on("connectionstatechange", (state) => this.transportChanged(direction, state));
  }

  private transportChanged(direction: Direction, state: types.ConnectionState): void {
    if (this.closed) return;
    const restart = this.restarts.get(direction) ?? { tries: 0, timer: null };
    this.restarts.set(direction, restart);
    if (restart.timer !== null) clearTimeout(restart.timer);
    restart.timer = null;
    if (state === "connected") {
      restart.tries = 0;
      this.handlers.health("connected");
    } else if (state === "disconnected" || state === "failed") {
      this.handlers.health("hurt");
      const patience = state === "failed" ? RESTART_AFTER_MS * restart.tries : RESTART_AFTER_MS;
      restart.timer = setTimeout(() => void this.restartIce(direction), patience);
    }
  }

  private async restartIce(direction: Direction): Promise<void> {
    const transport = this.transports.get(direction);
    const restart = this.restarts.get(direction);
    if (!transport || this.closed) return;
    if (restart && (restart.tries += 1) > RESTART_TRIES) {
      this.handlers.health("lost");
      return;
    }
    try {
      const view = await this.emit("media.restart_ice", { call_id: this.callId, transport_id: transport.id });
      // Firefox keeps those it was made with: mediasoup-client cannot change them there.
      await transport.updateIceServers({ iceServers: view.ice_servers }).catch(() => undefined);
      await transport.restartIce({ iceParameters: view.ice_parameters as unknown as types.IceParameters });
    } catch {
      // Without the signalling channel nothing can be restarted: the session rejoins when the channel is back.
    }
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
