import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../support/fakePeers")).overFakePeers(original));

import * as parameters from "mediasoup-client/fakeParameters";
import type { MediaView, ProducerView, Track } from "@/protocol/generated";
import { OfflineError, ServerError, UnansweredError } from "@/protocol/errors";
import { Room, type Emit } from "@/rtc/room";
import { FakePc, FakeTrack } from "../support/fakeCapture";
import { peers } from "../support/fakePeers";
import { OTHER, producerOf } from "../support/fakeServer";

const MEDIA: MediaView = {
  epoch: "e",
  router_rtp_capabilities: parameters.generateRouterRtpCapabilities() as never,
  ice_servers: [],
  ice_transport_policy: "all",
};
const ABOUT = { displaySurface: null };
type Asked = [name: string, body: Record<string, unknown>];

let asked: Asked[];
/** Answers of the server by command; a function may throw or wait. */
let answers: Record<string, (body: Record<string, unknown>) => unknown>;
let health: string[];
let remote: [string, boolean][];
let room: Room;
let ids = 0;

const emit: Emit = async (name, body) => {
  asked.push([name, body as never]);
  return (await answers[name]?.(body as never)) as never;
};

function transportView(): object {
  const made = parameters.generateTransportRemoteParameters();
  return {
    transport_id: `t${(ids += 1)}`,
    ice_parameters: made.iceParameters,
    ice_candidates: made.iceCandidates,
    dtls_parameters: made.dtlsParameters,
    sctp_parameters: null,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  [asked, health, remote] = [[], [], []];
  answers = {
    "media.create_transport": transportView,
    "media.produce": () => ({ producer_id: `p${(ids += 1)}` }),
    "media.restart_ice": () => ({ ice_parameters: parameters.generateTransportRemoteParameters().iceParameters, ice_servers: [] }),
    "media.consume": ({ producer_id: id }) => {
      const made = parameters.generateConsumerRemoteParameters({ codecMimeType: "video/VP8" });
      return { consumer_id: `c${(ids += 1)}`, producer_id: id, kind: "video", rtp_parameters: made.rtpParameters, producer_paused: false };
    },
  };
  const handlers = {
    remote: (id: string, track: MediaStreamTrack | null) => void remote.push([id, track !== null]),
    health: (state: string) => void health.push(state),
  };
  room = new Room("call", emit, handlers, "h264");
});
afterEach(() => {
  room.close();
  expect([peers.live.size, vi.getTimerCount()]).toEqual([0, 0]);
  peers.clear();
  vi.useRealTimers();
});

const camera = () => new FakeTrack(new FakePc(), "video", "", "cam") as unknown as MediaStreamTrack;
const microphone = () => new FakeTrack(new FakePc(), "audio", "", "mic") as unknown as MediaStreamTrack;
const times = (name: string) => asked.filter(([one]) => one === name).length;
const body = (name: string) => asked.filter(([one]) => one === name).at(-1)?.[1];
const mine = (id: string, track: Track, paused: boolean): ProducerView => ({ ...producerOf(OTHER, track, id), paused });

describe("A room", () => {
  it("shakes hands once a transport, however much is sent and received over it", async () => {
    await room.start(MEDIA);
    const sending = [room.publish("camera", camera(), ABOUT, "sent"), room.publish("microphone", microphone(), ABOUT, "sent")];
    const receiving = ["camera", "desktop"].map((track) => room.subscribe(producerOf(OTHER, track as Track)));
    await Promise.all([...sending, ...receiving]);
    expect(times("media.connect_transport")).toBe(2);
    expect(remote).toEqual([["specialist-camera", true], ["specialist-desktop", true]]);
  });

  it("sends at the rates configured, in a codec both ends have when the preferred one is missing", async () => {
    await room.start(MEDIA);
    await room.publish("desktop", camera(), { displaySurface: "monitor" as const }, "sent");
    const sent = body("media.produce")!.rtp_parameters as { codecs: { mimeType: string }[]; encodings: object[] };
    expect(sent.codecs[0]!.mimeType).toBe("video/VP8");
    expect(sent.encodings[0]).toMatchObject({ maxBitrate: 1_200_000, maxFramerate: 8 });
    expect(body("media.produce")).toMatchObject({ track: "desktop", display_surface: "monitor", paused: false });
  });

  it("stops what nobody takes of its own tracks, and of no others", async () => {
    await room.start(MEDIA);
    await room.publish("camera", camera(), ABOUT, "sent");
    const limited = vi.spyOn(peers.one("send"), "setMaxSpatialLayer");
    await room.limitLayers(`p${ids}`, 0);
    await room.limitLayers("another", 1);
    expect(limited.mock.calls.map(([, layer]) => layer)).toEqual([0]);
  });

  it("that is closed before it stands opens nothing more", async () => {
    let open = (): void => undefined;
    answers["media.create_transport"] = () => new Promise((resolve) => (open = () => resolve(transportView())));
    const starting = room.start(MEDIA);
    await vi.advanceTimersByTimeAsync(1);
    room.close();
    open();
    await expect(starting).rejects.toThrow();
    expect([peers.live.size, room.whole]).toEqual([0, false]);
  });

  it("refuses what is sent after it was closed, and asks the server nothing", async () => {
    await room.start(MEDIA);
    room.close();
    const before = asked.length;
    await expect(room.publish("camera", camera(), ABOUT, "sent")).rejects.toThrow("closed");
    room.subscribe(producerOf(OTHER, "camera"));
    await room.setFlow("camera", "paused");
    expect(asked.length).toBe(before);
  });

  it("refuses a track that has ended", async () => {
    await room.start(MEDIA);
    const ended = camera();
    ended.stop();
    await expect(room.publish("camera", ended, ABOUT, "sent")).rejects.toThrow("track ended");
  });

  it("replaces a track under the same producer, paused as it was", async () => {
    await room.start(MEDIA);
    await room.publish("microphone", microphone(), ABOUT, "paused");
    const other = microphone();
    await room.publish("microphone", other, ABOUT, "paused");
    expect([times("media.produce"), times("media.pause_producer"), other.enabled]).toEqual([1, 0, false]);
  });

  it("tells the server of a pause once, and again when it did not answer", async () => {
    await room.start(MEDIA);
    await room.publish("camera", camera(), ABOUT, "sent");
    answers["media.pause_producer"] = () => Promise.reject(new UnansweredError());
    await room.setFlow("camera", "paused");
    answers["media.pause_producer"] = () => ({});
    await room.setFlow("camera", "paused");
    await room.setFlow("camera", "paused");
    expect(times("media.pause_producer")).toBe(2);
  });

  it("agrees with the server on what is sent after neither heard the other", async () => {
    await room.start(MEDIA);
    await room.publish("camera", camera(), ABOUT, "sent");
    const [camId] = [`p${ids}`];
    await room.publish("microphone", microphone(), ABOUT, "paused");
    const micId = `p${ids}`;
    await room.publish("desktop", camera(), ABOUT, "sent");
    asked = [];
    await room.resume([mine(camId, "camera", true), mine(micId, "microphone", true), mine("stranger", "document_camera", false)]);
    expect(asked).toEqual([
      ["media.close_producer", { call_id: "call", producer_id: "stranger" }],
      ["media.resume_producer", { call_id: "call", producer_id: camId }],
    ]);
    await room.publish("desktop", camera(), ABOUT, "sent");
    expect(times("media.produce")).toBe(1);
  });

  it("is lost when a handshake fails, for the server hears it only once", async () => {
    answers["media.connect_transport"] = () => Promise.reject(new OfflineError());
    await room.start(MEDIA);
    await expect(room.publish("camera", camera(), ABOUT, "sent")).rejects.toThrow(OfflineError);
    expect([health, room.whole]).toEqual([["lost"], false]);
  });

  it("says nothing more of its health after it was closed", async () => {
    await room.start(MEDIA);
    await room.subscribe(producerOf(OTHER, "camera"));
    const peer = peers.one("recv");
    room.close();
    peer.become("failed");
    expect(health).toEqual([]);
  });

  it("is lost at once when the server knows the transport no longer, and hurt as long as it only does not answer", async () => {
    await room.start(MEDIA);
    await room.subscribe(producerOf(OTHER, "camera"));
    answers["media.restart_ice"] = () => Promise.reject(new OfflineError());
    peers.one("recv").become("failed");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(health).toEqual(["hurt"]);
    answers["media.restart_ice"] = () => Promise.reject(new ServerError("transport_not_found", ""));
    await room.resume([]);
    expect(health).toEqual(["hurt", "lost"]);
  });

  it("is not lost for restarts that never left, however often the channel comes and goes", async () => {
    await room.start(MEDIA);
    await room.subscribe(producerOf(OTHER, "camera"));
    const restart = answers["media.restart_ice"]!;
    answers["media.restart_ice"] = () => Promise.reject(new OfflineError());
    peers.one("recv").become("failed");
    for (let times = 0; times < 6; times += 1) await room.resume([]);
    answers["media.restart_ice"] = restart;
    await room.resume([]);
    peers.one("recv").become("connected");
    expect(health).toEqual(["hurt", "connected"]);
  });
});
