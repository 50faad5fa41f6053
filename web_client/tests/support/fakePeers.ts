/**
 * mediasoup-client itself (its queues, events, errors and closing) over peers that touch no RTCPeerConnection.
 *
 * The library's own `FakeHandler` stands where the browser's would: what a test sees of produce, consume, replaceTrack
 * and close is 3.18.7's real code. Added here: what is alive is counted, single steps can be held or made to fail, and
 * a transport connects once its handshake was answered. Use it with
 * `vi.mock("mediasoup-client", (original) => overFakePeers(original))`.
 */
import type * as Mediasoup from "mediasoup-client";
import type { HandlerFactory, HandlerOptions } from "mediasoup-client/handlers/HandlerInterface";
import * as parameters from "mediasoup-client/fakeParameters";
import { FakeHandler } from "mediasoup-client/handlers/FakeHandler";

/** The library's own class; only its factory may make one. */
const OpenHandler = FakeHandler as unknown as new (options: HandlerOptions, fake: typeof parameters) => FakeHandler;

type Step = "send" | "receive" | "replaceTrack" | "restartIce";
type ConnectionState = Mediasoup.types.ConnectionState;

/** One transport's peer connection. */
export class FakePeer extends OpenHandler {
  readonly direction: "send" | "recv";
  /** Tracks being sent and received, by the library's local id. */
  readonly sending = new Map<string, MediaStreamTrack>();
  readonly receiving = new Map<string, MediaStreamTrack>();
  iceRestarts = 0;
  state: ConnectionState = "new";

  constructor(
    private readonly peers: FakePeers,
    options: HandlerOptions,
  ) {
    super(options, parameters);
    this.direction = options.direction;
    peers.live.add(this);
    this.on("@connectionstatechange", (state: ConnectionState) => (this.state = state));
  }

  /** What the browser tells of the path. */
  become(state: ConnectionState): void {
    this.setConnectionState(state);
  }

  override close(): void {
    this.peers.live.delete(this);
    this.state = "closed";
    this.sending.clear();
    this.receiving.forEach((track) => track.stop());
    this.receiving.clear();
    super.close();
  }

  override async send(options: Parameters<FakeHandler["send"]>[0]): ReturnType<FakeHandler["send"]> {
    await this.peers.pass("send");
    const result = await super.send(options);
    this.connected();
    this.sending.set(result.localId, options.track);
    return result;
  }

  override async stopSending(localId: string): Promise<void> {
    this.sending.delete(localId);
    await super.stopSending(localId);
  }

  override async replaceTrack(localId: string, track: MediaStreamTrack | null): Promise<void> {
    await this.peers.pass("replaceTrack");
    await super.replaceTrack(localId, track!);
    if (track) this.sending.set(localId, track);
    else this.sending.delete(localId);
  }

  override async receive(options: Parameters<FakeHandler["receive"]>[0]): ReturnType<FakeHandler["receive"]> {
    await this.peers.pass("receive");
    const results = await super.receive(options);
    this.connected();
    results.forEach(({ localId, track }, at) => {
      if (options[at]!.trackId !== "probator") this.receiving.set(localId, track);
    });
    return results;
  }

  override async stopReceiving(localIds: string[]): Promise<void> {
    localIds.forEach((id) => this.receiving.delete(id));
    await super.stopReceiving(localIds);
  }

  override async restartIce(iceParameters: Mediasoup.types.IceParameters): Promise<void> {
    await this.peers.pass("restartIce");
    this.iceRestarts += 1;
    await super.restartIce(iceParameters);
  }

  private connected(): void {
    if (this.state === "connecting") this.become("connected");
  }
}

/** All peers of one test; those not yet closed are `live`. */
export class FakePeers {
  readonly live = new Set<FakePeer>();
  private readonly gates = new Map<Step, () => Promise<void> | void>();

  /** The live peer of a direction; fails when there is none or more than one. */
  one(direction: "send" | "recv"): FakePeer {
    const found = [...this.live].filter((peer) => peer.direction === direction);
    if (found.length !== 1) throw new Error(`${found.length} peers to ${direction}`);
    return found[0]!;
  }

  /** Let `gate` run before every such step until `clear`: it may wait, or throw. */
  before(step: Step, gate: () => Promise<void> | void): void {
    this.gates.set(step, gate);
  }

  clear(): void {
    this.gates.clear();
    this.live.clear();
  }

  async pass(step: Step): Promise<void> {
    await this.gates.get(step)?.();
  }

  factory(): HandlerFactory {
    return { ...FakeHandler.createFactory(parameters), factory: (options) => new FakePeer(this, options) };
  }
}

export const peers = new FakePeers();

/** The module `mediasoup-client` with devices over fake peers. */
export async function overFakePeers(original: <T>() => Promise<T>): Promise<typeof Mediasoup> {
  const real = await original<typeof Mediasoup>();
  class Device extends real.Device {
    constructor() {
      super({ handlerFactory: peers.factory() });
    }
  }
  return { ...real, Device };
}
