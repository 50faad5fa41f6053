import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import { useSession } from "@/state/session";
import { peers } from "../../support/fakePeers";
import { OTHER, producerOf } from "../../support/fakeServer";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

const ALL = ["camera", "document_camera", "microphone"];
let page: Page;
let session: ReturnType<typeof useSession>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  page.server.connect();
  await page.pass();
});
afterEach(async () => {
  session.leave();
  await page.pass(30_000);
  expect(page.alive()).toEqual(NOTHING_ALIVE);
  page.close();
});

const sent = () => seat.sent(page.server);
const received = () => seat.received(page.server);
const remotePictures = () => session.pictures.filter(({ local, stream }) => !local && stream);

async function joined(...tracks: Parameters<typeof producerOf>[1][]): Promise<void> {
  tracks.forEach((track) => page.server.offered.set(`specialist-${track}`, producerOf(OTHER, track)));
  session.join("c1");
  await page.pass();
  expect(session.phase).toBe("live");
}

/** The channel breaks and comes back; what is decided by time has been decided. */
async function blink(): Promise<void> {
  page.server.drop();
  await page.pass();
  page.server.connect();
  await page.pass();
}

describe("Receiving", () => {
  it("goes on with the others when one track is refused, and tries that one again", async () => {
    page.server.refuse("media.consume", "busy", "busy");
    await joined("microphone", "camera", "desktop");
    expect(received()).toEqual(["specialist-desktop"]);
    await page.pass(1_500);
    expect(received()).toEqual(["specialist-camera", "specialist-desktop", "specialist-microphone"]);
  });

  it("tries a track only so often, and again after coming back", async () => {
    page.server.refuse("media.consume", ...Array<string>(5).fill("busy"));
    await joined("camera");
    await page.pass(60_000);
    expect(page.server.times("media.consume")).toBe(5);
    await blink();
    expect(received()).toEqual(["specialist-camera"]);
  });

  it("asks once for a track that is gone", async () => {
    page.server.refuse("media.consume", "producer_not_found");
    await joined("camera");
    await page.pass(60_000);
    expect(page.server.times("media.consume")).toBe(1);
  });

  it("shows nothing of a track that ended while it was asked for, and gives the consumer back", async () => {
    await joined();
    const release = page.server.hold("media.consume");
    page.server.offer(producerOf(OTHER, "camera"));
    await page.pass();
    page.server.emit("producer.removed", { call_id: "c1", producer_id: "specialist-camera", reason: "closed" });
    await page.pass();
    release();
    await page.pass();
    expect(remotePictures()).toEqual([]);
    expect(page.server.seat.consumers.size).toBe(0);
    expect(peers.one("recv").receiving.size).toBe(0);
  });

  it("shows nothing of a track that ended while the browser prepared for it", async () => {
    await joined();
    let ready = (): void => undefined;
    peers.before("receive", () => new Promise((resolve) => (ready = resolve)));
    page.server.offer(producerOf(OTHER, "camera"));
    await page.pass();
    page.server.withdraw("specialist-camera");
    await page.pass();
    peers.before("receive", () => undefined);
    ready();
    await page.pass();
    expect(remotePictures()).toEqual([]);
    expect(peers.one("recv").receiving.size).toBe(0);
  });

  it("resumes a track whose resumption was refused", async () => {
    page.server.refuse("media.resume_consumer", "busy");
    await joined("camera");
    await page.pass(1_500);
    expect(received()).toEqual(["specialist-camera"]);
    expect(page.server.times("media.consume")).toBe(1);
  });

  it("resumes a track whose resumption was lost with the channel", async () => {
    await joined();
    page.server.loseAnswer("media.consume");
    page.server.offer(producerOf(OTHER, "camera"));
    await page.pass();
    page.server.connect();
    await page.pass();
    expect(received()).toEqual(["specialist-camera"]);
    expect(remotePictures()).toHaveLength(1);
  });

  it("stays silent over a new media process when the loudspeaker was turned off", async () => {
    await joined("microphone");
    session.setLoudspeaker(false);
    page.server.restart();
    await page.pass();
    expect([...document.querySelectorAll("audio")].map(({ muted }) => muted)).toEqual([true]);
    expect(session.loudspeaker).toEqual({ on: false, reason: null });
  });

  it("plays nothing of a room that was closed", async () => {
    await joined("microphone", "camera");
    expect(page.alive().players).toBe(1);
    session.leave();
    expect(page.alive().players).toBe(0);
    expect(remotePictures()).toEqual([]);
  });
});

describe("Sending", () => {
  it("is made good when the channel broke before the server heard of a track", async () => {
    const release = page.server.hold("media.produce");
    session.join("c1");
    await page.pass();
    page.server.drop();
    await page.pass();
    release();
    page.server.connect();
    await page.pass();
    expect(sent()).toEqual(ALL);
    expect(ALL.map((name) => session.sources[name as "camera"].state)).toEqual(["on", "on", "on"]);
  });

  it("is made good when the channel broke after the server heard of a track", async () => {
    page.server.loseAnswer("media.produce");
    session.join("c1");
    await page.pass();
    page.server.connect();
    await page.pass();
    expect(sent()).toEqual(ALL);
    expect(peers.one("send").sending.size).toBe(3);
  });

  it("starts anew when the answer to a handshake was lost: the server hears it only once", async () => {
    page.server.loseAnswer("media.connect_transport");
    session.join("c1");
    await page.pass();
    page.server.connect();
    await page.pass(5_000);
    expect(session.phase).toBe("live");
    expect(sent()).toEqual(ALL);
  });

  it("leaves the microphone alone when the server refuses the camera", async () => {
    page.server.answer("media.produce", (body) => page.server.produceUnless(body, "camera", "too_many_producers"));
    await joined();
    expect(sent()).toEqual(["document_camera", "microphone"]);
    expect(session.sources.camera).toMatchObject({ state: "off", failure: "failed" });
    expect(page.pc.open.size).toBe(2);
  });

  it("stays muted over a new media process, and the server knows it", async () => {
    await joined();
    void session.setSource("microphone", false);
    await page.pass();
    page.server.restart();
    await page.pass();
    expect(seat.paused(page.server)).toEqual(["microphone"]);
    expect(page.pc.track("mic-1").enabled).toBe(false);
    expect(session.sources.microphone.state).toBe("muted");
  });

  it.each([[false], [true]])("tells the server after coming back what was turned to %s while it could not hear", async (on) => {
    await joined();
    void session.setSource("microphone", !on);
    await page.pass();
    page.server.drop();
    void session.setSource("microphone", on);
    await page.pass();
    expect(page.pc.track("mic-1").enabled).toBe(on);
    page.server.connect();
    await page.pass();
    expect(sent().includes("microphone")).toBe(on);
  });

  it("of a camera turned off while the server could not hear ends there too", async () => {
    await joined();
    page.server.drop();
    void session.setSource("camera", false);
    await page.pass();
    expect(page.pc.open.size).toBe(2);
    page.server.connect();
    await page.pass();
    expect([sent(), seat.paused(page.server)]).toEqual([["document_camera", "microphone"], []]);
  });

  it("begins anew when the server closed a track of mine by itself", async () => {
    await joined();
    const [id] = page.server.seat.producers.keys();
    page.server.seat.producers.delete(id!);
    page.server.emit("producer.removed", { call_id: "c1", producer_id: id!, reason: "closed" });
    await page.pass();
    expect(sent()).toEqual(ALL);
  });
});

describe("A path that is hurt", () => {
  it("gets new ICE credentials once when it stays disconnected", async () => {
    await joined("camera");
    const peer = peers.one("recv");
    peer.become("disconnected");
    expect(session.network).toBe("reconnecting");
    await page.pass(1_900);
    expect(page.server.times("media.restart_ice")).toBe(0);
    await page.pass(10_000);
    expect([page.server.times("media.restart_ice"), peer.iceRestarts]).toEqual([1, 1]);
    peer.become("connected");
    expect(session.network).toBe("good");
    expect([...peers.live]).toContain(peer);
  });

  it("gets none when it recovers by itself", async () => {
    await joined("camera");
    peers.one("recv").become("disconnected");
    await page.pass(1_000);
    peers.one("recv").become("connected");
    await page.pass(10_000);
    expect(page.server.times("media.restart_ice")).toBe(0);
  });

  it("is restarted once, not twice, when the channel comes back meanwhile", async () => {
    await joined("camera");
    peers.one("recv").become("disconnected");
    await page.pass(500);
    await blink();
    await page.pass(9_000); // after ten without a word of the browser it is tried again
    expect(page.server.times("media.restart_ice")).toBe(1);
  });

  it("stays said as long as the other direction suffers", async () => {
    await joined("camera");
    peers.one("recv").become("disconnected");
    peers.one("send").become("disconnected");
    peers.one("send").become("connected");
    expect(session.network).toBe("reconnecting");
    peers.one("recv").become("connected");
    expect(session.network).toBe("good");
  });

  it("that fails again and again is given up for new transports", async () => {
    await joined("camera");
    const peer = peers.one("recv");
    for (let at = 0; at < 10 && peers.live.has(peer); at += 1) {
      peer.become("failed");
      await page.pass(10_000);
      if (peers.live.has(peer)) peer.become("connecting");
    }
    expect(page.server.times("media.restart_ice")).toBe(4);
    expect(session.phase).toBe("live");
    expect(peers.live.has(peer)).toBe(false);
    expect(received()).toEqual(["specialist-camera"]);
  });

  it("whose transport the server no longer knows is given up at once", async () => {
    await joined("camera");
    page.server.seat.transports.clear();
    peers.one("recv").become("failed");
    await page.pass(1_000);
    expect(session.phase).toBe("live");
    expect(received()).toEqual(["specialist-camera"]);
    expect(page.server.seat.generation).toBe(2);
  });

  it("is tried again when the answer never came", async () => {
    await joined("camera");
    page.server.refuse("media.restart_ice", null);
    peers.one("recv").become("failed");
    await page.pass(40_000);
    expect(page.server.times("media.restart_ice")).toBe(2);
  });
});
