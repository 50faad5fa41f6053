/** The network test: each way to the media process is tried alone, then the best one carries media there and back. */
import { Device, type types } from "mediasoup-client";
import type { CommandName, Commands, NetworkTestView, Opaque, TransportView } from "@/protocol/generated";
import { figuresOf, sampleOf, type Row, type Sample } from "@/rtc/network/figures";
import { noise, silence } from "@/rtc/network/pattern";
import { judge, type Figures, type Tried, type Verdict } from "@/rtc/network/verdict";
import { waysOf, type Way } from "@/rtc/network/ways";

export type Emit = <N extends CommandName>(name: N, body: Commands[N]["body"]) => Promise<Commands[N]["result"]>;

export interface WayView {
  kind: Way["kind"];
  needs: string[];
  state: "trying" | "reached" | "failed";
  /** From the first packet to an encrypted connection, in ms. */
  tookMs: number | null;
}

export interface Result {
  figures: Figures | null;
  verdict: Verdict;
}

/** ICE gives up after 15 s at the latest; who waits longer than this for a picture calls it broken. */
const REACH_WITHIN_MS = 8_000;
const MEASURED_S = 8;
const SECOND_MS = 1_000;
const MOST_BPS = 2_500_000;
const FIRST_KBPS = 800;

export class NetworkTest {
  private readonly device = new Device();
  private readonly open = new Set<types.Transport>();
  private view: NetworkTestView | null = null;
  private stopped = false;
  private wake: (() => void) | null = null;

  /**
   * @param changed gets all ways whenever one of them got on
   * @param measuring gets how far the measurement is, 0 to 1
   */
  constructor(
    private readonly emit: Emit,
    private readonly changed: (ways: WayView[]) => void,
    private readonly measuring: (part: number) => void,
  ) {}

  /** Rejects when the server does not let it begin, or is gone meanwhile. */
  async run(): Promise<Result> {
    try {
      const view = (this.view = await this.emit("network.open", {}));
      await this.device.load({ routerRtpCapabilities: view.router_rtp_capabilities as types.RtpCapabilities });
      const sketch = await this.emit("network.create_transport", { direction: "send" });
      const ways = waysOf(sketch.ice_candidates as unknown as types.IceCandidate[], view.ice_servers);
      const tried = await this.tryAll(ways);
      const best = ways.find((way, at) => tried[at]!.reached && (view.ice_transport_policy === "all" || way.kind === "turn"));
      const figures = best ? await this.measure(best) : null;
      return { figures, verdict: judge(tried, figures, view.ice_transport_policy) };
    } finally {
      this.closeAll();
      if (this.view) await this.emit("network.close", {}).catch(() => undefined);
    }
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
    this.closeAll();
  }

  private async tryAll(ways: readonly Way[]): Promise<Tried[]> {
    const views = ways.map(({ kind, needs }): WayView => ({ kind, needs, state: "trying", tookMs: null }));
    const tell = () => this.changed(views.map((view) => ({ ...view })));
    tell();
    return Promise.all(
      ways.map(async (way, at) => {
        const tookMs = await this.reach(way).catch(() => null);
        Object.assign(views[at]!, { state: tookMs === null ? "failed" : "reached", tookMs });
        if (!this.stopped) tell();
        return { kind: way.kind, needs: way.needs, reached: tookMs !== null };
      }),
    );
  }

  /** How long this way alone took until media could be sent, in ms; null when it did not come about. */
  private async reach(way: Way): Promise<number | null> {
    const sound = silence();
    const transport = await this.transport("send", way);
    const began = performance.now();
    try {
      const connected = this.connected(transport);
      transport.produce({ track: sound.track, stopTracks: false }).catch(() => undefined);
      return (await connected) ? Math.round(performance.now() - began) : null;
    } finally {
      sound.stop();
      this.shut(transport);
    }
  }

  private connected(transport: types.Transport): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), REACH_WITHIN_MS);
      transport.on("connectionstatechange", (state) => {
        if (state !== "connected" && state !== "failed" && state !== "closed") return;
        clearTimeout(timer);
        resolve(state === "connected");
      });
    });
  }

  /** Send the test picture that way and get it back; null when it did not come. */
  private async measure(way: Way): Promise<Figures | null> {
    const picture = noise();
    try {
      const [up, down] = await Promise.all([this.transport("send", way), this.transport("recv", way)]);
      const producer = await up.produce({
        track: picture.track,
        stopTracks: false,
        encodings: [{ maxBitrate: MOST_BPS }],
        codecOptions: { videoGoogleStartBitrate: FIRST_KBPS },
      });
      const view = await this.emit("network.consume", {
        transport_id: down.id,
        producer_id: producer.id,
        rtp_capabilities: this.device.recvRtpCapabilities as unknown as Opaque,
      });
      await down.consume({
        id: view.consumer_id,
        producerId: view.producer_id,
        kind: view.kind,
        rtpParameters: view.rtp_parameters as unknown as types.RtpParameters,
      });
      return figuresOf(await this.samples(up, down));
    } finally {
      picture.stop();
    }
  }

  private async samples(up: types.Transport, down: types.Transport): Promise<Sample[]> {
    const found: Sample[] = [];
    for (let second = 0; second <= MEASURED_S && !this.stopped; second += 1) {
      this.measuring(second / MEASURED_S);
      const [sending, receiving] = await Promise.all([up.getStats(), down.getStats()]);
      found.push(sampleOf(performance.now(), rows(sending), rows(receiving)));
      if (second < MEASURED_S) await this.pause(SECOND_MS);
    }
    return found;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => (clearTimeout(timer), resolve());
    });
  }

  private async transport(direction: "send" | "recv", way: Way): Promise<types.Transport> {
    const view = await this.emit("network.create_transport", { direction });
    const options = optionsOf(view, way);
    const transport = direction === "send" ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
    this.open.add(transport);
    transport.on("connect", ({ dtlsParameters }, done, failed) => {
      const body = { transport_id: transport.id, dtls_parameters: dtlsParameters as unknown as Opaque };
      this.emit("network.connect_transport", body).then(() => done(), failed);
    });
    transport.on("produce", ({ kind, rtpParameters }, done, failed) => {
      const body = { transport_id: transport.id, kind, rtp_parameters: rtpParameters as unknown as Opaque };
      this.emit("network.produce", body).then(({ producer_id: id }) => done({ id }), failed);
    });
    return transport;
  }

  private shut(transport: types.Transport): void {
    this.open.delete(transport);
    transport.close();
  }

  private closeAll(): void {
    this.open.forEach((transport) => transport.close());
    this.open.clear();
  }
}

/** Candidates of this way alone; a TURN server reaches the media process by whatever it can. */
function optionsOf(view: TransportView, way: Way): types.TransportOptions {
  const candidates = view.ice_candidates as unknown as types.IceCandidate[];
  return {
    id: view.transport_id,
    iceParameters: view.ice_parameters as unknown as types.IceParameters,
    iceCandidates: way.kind === "turn" ? candidates : candidates.filter((one) => one.protocol === way.kind),
    dtlsParameters: view.dtls_parameters as unknown as types.DtlsParameters,
    iceServers: way.iceServers,
    iceTransportPolicy: way.kind === "turn" ? "relay" : "all",
  };
}

function rows(report: RTCStatsReport): Row[] {
  return [...report.values()] as Row[];
}
