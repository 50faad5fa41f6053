import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import type { LayerLimit, Quality } from "@/protocol/generated";
import type { Row } from "@/rtc/network/figures";
import { useSession } from "@/state/session";
import { ME, OTHER, producerOf } from "../../support/fakeServer";
import { peers } from "../../support/fakePeers";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

let page: Page;
let session: ReturnType<typeof useSession>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  page.server.connect();
  await page.pass();
  session.join("c1");
  await page.pass();
  void session.setSource("desktop", true);
  await page.pass();
});
afterEach(async () => {
  session.leave();
  await page.pass(30_000);
  expect(page.alive()).toEqual(NOTHING_ALIVE);
  page.close();
});

async function quality(uplink: Quality, ms: number, downlink: Quality = "good"): Promise<void> {
  page.server.emit("media.quality", { call_id: "c1", participant_id: ME.participant_id, level: uplink, uplink, downlink });
  await page.pass(ms);
}
const held = () => seat.paused(page.server);
const CAMERAS = ["camera", "document_camera"];
const told = () => [page.server.ladder.sending.step, page.server.ladder.receiving.step];

describe("A weak network", () => {
  it("costs pictures their size first, the cameras next and then the desktop, never the sound", async () => {
    const parameters = vi.spyOn(peers.one("send"), "setRtpEncodingParameters");
    await quality("bad", 5_500);
    expect([session.sending.step, held()]).toEqual(["high", []]);
    await page.pass(1_000);
    expect([session.sending, held()]).toEqual([{ step: "saver", why: "loss" }, []]);
    expect(parameters.mock.calls.map(([, said]) => said.maxFramerate).sort()).toEqual([2, 3, 5]);
    await page.pass(6_000);
    expect([session.sending.step, held()]).toEqual(["voice_desktop", CAMERAS]);
    await page.pass(60_000);
    expect([session.sending.step, held()]).toEqual(["voice", ["camera", "desktop", "document_camera"]]);
  });

  it("that only flickers costs nothing", async () => {
    for (let at = 0; at < 10; at += 1) {
      await quality("bad", 5_000);
      await quality("weak", 500);
    }
    expect(session.sending.step).toBe("high");
  });

  it("gives back one at a time, only after it has stayed good", async () => {
    await quality("bad", 20_000);
    await quality("weak", 60_000);
    expect(session.sending.step).toBe("voice");
    await quality("good", 14_000);
    expect(session.sending.step).toBe("voice");
    await page.pass(2_000);
    expect(held()).toEqual(CAMERAS);
    await page.pass(45_000);
    expect([session.sending, held()]).toEqual([{ step: "high", why: null }, []]);
  });

  it("keeps holding back over a new media process and over a camera turned off and on", async () => {
    await quality("bad", 13_000);
    page.server.restart();
    await page.pass();
    expect(held()).toEqual(CAMERAS);
    void session.setSource("camera", false);
    void session.setSource("camera", true);
    await page.pass();
    expect(held()).toEqual(CAMERAS);
  });

  it("of the last session holds nothing back in the next", async () => {
    await quality("bad", 13_000);
    session.leave();
    session.join("c1");
    await page.pass();
    expect([session.sending.step, held()]).toEqual(["high", []]);
    expect(seat.sent(page.server)).toContain("camera");
  });

  it("of somebody else costs me nothing", async () => {
    page.server.emit("media.quality", { call_id: "c1", participant_id: "specialist", level: "bad", uplink: "bad", downlink: "good" });
    await page.pass(30_000);
    expect(session.sending.step).toBe("high");
  });

  it("of what I receive costs nothing of what I send, and is told apart", async () => {
    await quality("good", 60_000, "bad");
    expect([session.sending.step, held(), session.network]).toEqual(["high", [], "bad"]);
    expect(session.lines[ME.participant_id]).toEqual({ uplink: "good", downlink: "bad" });
    await quality("bad", 13_000, "bad");
    expect(session.sending.step).toBe("voice_desktop");
  });

  it("gives sound up when the browser's own figures say that nobody understands it", async () => {
    let packets = 0;
    vi.spyOn(peers.one("send"), "getTransportStats").mockImplementation(() => {
      packets += 100;
      const sent: Row = { type: "outbound-rtp", kind: "audio", packetsSent: packets };
      const missed: Row = { type: "remote-inbound-rtp", kind: "audio", packetsLost: 0.6 * packets, roundTripTime: 0.1 };
      return Promise.resolve(new Map([["s", sent], ["m", missed]]) as unknown as RTCStatsReport);
    });
    await quality("bad", 60_000);
    expect([session.sending.step, held()]).toEqual(["text", ["camera", "desktop", "document_camera", "microphone"]]);
  });
});

describe("Sound that comes to me in pieces", () => {
  async function hear(otherUplink: Quality): Promise<void> {
    page.server.emit("media.quality", { call_id: "c1", participant_id: OTHER.participant_id, level: otherUplink, uplink: otherUplink, downlink: "good" });
    let samples = 0;
    vi.spyOn(peers.one("recv"), "getTransportStats").mockImplementation(async () => {
      samples += 1;
      const row: Row = { type: "inbound-rtp", kind: "audio", packetsReceived: samples * 50, packetsLost: samples * 50 };
      return new Map([["r", row]]) as unknown as RTCStatsReport;
    });
    await page.pass(20_000);
  }

  it("is text to me when my line loses it", async () => {
    await hear("good");
    expect(session.receiving).toEqual({ step: "text", why: "loss" });
  });

  it("is no fault of my line when its sender's loses it", async () => {
    await hear("bad");
    expect(session.receiving.step).toBe("high");
  });
});

describe("A PC that is too slow", () => {
  it("sends less, and says that it is the PC", async () => {
    const row: Row = { type: "outbound-rtp", kind: "video", qualityLimitationReason: "cpu" };
    vi.spyOn(peers.one("send"), "getTransportStats").mockResolvedValue(new Map([["r", row]]) as unknown as RTCStatsReport);
    await page.pass(14_000);
    expect([session.sending, held()]).toEqual([{ step: "standard", why: "slow_pc" }, []]);
    await page.pass(60_000);
    expect(session.sending.step).toBe("saver");
  });
});

describe("The others", () => {
  it("are told of each step once, and again when the server has forgotten it", async () => {
    await quality("bad", 9_000);
    expect([told(), page.server.times("media.tell_ladder")]).toEqual([["saver", "high"], 1]);
    await quality("weak", 30_000);
    expect(page.server.times("media.tell_ladder")).toBe(1);
    page.server.restart();
    await page.pass(500);
    expect(told()).toEqual(["saver", "high"]);
  });

  it("are told later what did not reach them", async () => {
    page.server.refuse("media.tell_ladder", "not_in_call", "not_in_call");
    await quality("bad", 9_000);
    await page.pass(5_000);
    expect(told()[0]).not.toBe("high");
  });

  it("are told that nobody looks, when the page stays in the background", async () => {
    const hide = (hidden: boolean) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    };
    hide(true);
    await page.pass(3_000);
    expect(page.server.ladder.receiving.why).toBeNull();
    await page.pass(4_000);
    expect(page.server.ladder.receiving).toEqual({ step: "voice", why: "hidden" });
    expect(session.receiving.step).toBe("high");
    hide(false);
    await page.pass(100);
    expect(page.server.ladder.receiving).toEqual({ step: "high", why: null });
  });
});

describe("A step that was pinned", () => {
  it("holds what I send whatever the line does, and what I receive at most there", async () => {
    session.pin("sending", "saver");
    session.pin("receiving", "voice");
    await page.pass(3_000);
    expect(page.server.ladder).toMatchObject({ sending: { step: "saver", why: "pinned" }, receiving: { step: "voice", why: "pinned" } });
    await quality("bad", 60_000);
    expect([session.sending.step, held()]).toEqual(["saver", []]);
    session.pin("sending", null);
    expect(session.sending).toEqual({ step: "voice", why: "loss" });
  });

  it("stays over a reload in the same session and not in another", async () => {
    session.pin("sending", "voice");
    session.leave();
    await page.pass();
    session.join("c1");
    await page.pass();
    expect([session.pins, session.sending.why, held()]).toEqual([{ sending: "voice", receiving: null }, "pinned", CAMERAS]);
    session.leave();
    page.server.call = { ...page.server.call, call_id: "c2" };
    session.join("c2");
    await page.pass();
    expect([session.pins.sending, session.sending.step]).toEqual([null, "high"]);
    page.server.call = { ...page.server.call, call_id: "c1" };
  });

  it("to text silences both ways, and comes back", async () => {
    page.server.offer(producerOf(OTHER, "microphone"));
    await page.pass();
    expect(seat.received(page.server)).toEqual(["specialist-microphone"]);
    session.pin("receiving", "text");
    session.pin("sending", "text");
    await page.pass();
    expect([seat.received(page.server), seat.sent(page.server)]).toEqual([[], []]);
    session.pin("receiving", null);
    session.pin("sending", null);
    await page.pass();
    expect(seat.received(page.server)).toEqual(["specialist-microphone"]);
    expect(seat.sent(page.server)).toContain("microphone");
  });
});

describe("What the server gives of the others' pictures", () => {
  const given = (consumer: string, layer: number | null, layers: number, limited: LayerLimit) =>
    page.server.emit("consumer.layer", { call_id: "c1", consumer_id: consumer, layer, layers, limited_by: limited });
  const consumerOf = (id: string) => [...page.server.seat.consumers].find(([, { producerId }]) => producerId === id)![0];

  it("is said as a step once it stands, and what is held back is no picture that stands still", async () => {
    page.server.offer(producerOf(OTHER, "camera"));
    page.server.offer(producerOf(OTHER, "document_camera"));
    await page.pass();
    const [camera, paper] = ["specialist-camera", "specialist-document_camera"].map(consumerOf);
    given(camera!, null, 3, "line");
    given(paper!, 0, 2, "line");
    await page.pass(100);
    expect(session.pictures.filter((picture) => picture.held).map(({ producerId }) => producerId)).toEqual(["specialist-camera"]);
    expect([...session.poorPapers]).toEqual(["specialist-document_camera"]);
    expect(session.receiving.step).toBe("high");
    await page.pass(4_500);
    expect(session.receiving).toEqual({ step: "saver", why: "rate" });
    expect(told()).toEqual(["high", "saver"]);
    given(camera!, 2, 3, "none");
    given(paper!, 1, 2, "none");
    await page.pass(9_000);
    expect([session.receiving.step, session.pictures.some((picture) => picture.held)]).toEqual(["high", false]);
  });
});
