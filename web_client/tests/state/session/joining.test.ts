import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import { useSession } from "@/state/session";
import { peers } from "../../support/fakePeers";
import { OTHER, producerOf } from "../../support/fakeServer";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

let page: Page;
let session: ReturnType<typeof useSession>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  page.server.connect();
  await page.pass();
});
afterEach(() => page.close());

const sent = () => seat.sent(page.server);
const received = () => seat.received(page.server);

describe("Joining", () => {
  it("opens two transports, sends every usual track and receives every track", async () => {
    page.server.offered.set("specialist-microphone", producerOf(OTHER, "microphone"));
    page.server.offered.set("specialist-camera", producerOf(OTHER, "camera"));
    session.join("c1");
    expect(session.phase).toBe("joining");
    await page.pass();
    expect(session.phase).toBe("live");
    expect([...peers.live].map(({ direction }) => direction).sort()).toEqual(["recv", "send"]);
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
    expect(received()).toEqual(["specialist-camera", "specialist-microphone"]);
    expect(session.pictures.filter(({ local }) => !local).map(({ stream }) => stream !== null)).toEqual([true]);
    expect(page.server.times("media.connect_transport")).toBe(2);
  });

  it("is one join however often it is asked for", async () => {
    session.join("c1");
    await page.pass(3);
    session.join("c1");
    await page.pass(10);
    session.join("c1");
    await page.pass();
    session.join("c1");
    expect(page.server.times("call.join")).toBe(1);
    expect(peers.live.size).toBe(2);
  });

  it("neither loses nor doubles a track that appears while the transports open", async () => {
    const release = page.server.hold("media.create_transport");
    session.join("c1");
    await page.pass();
    page.server.offer(producerOf(OTHER, "microphone"));
    page.server.offer(producerOf(OTHER, "camera"));
    await page.pass();
    release();
    await page.pass();
    page.server.offer(producerOf(OTHER, "camera"));
    await page.pass();
    expect(received()).toEqual(["specialist-camera", "specialist-microphone"]);
    expect(page.server.times("media.consume")).toBe(2);
  });

  it("gives everything back when it is left, at every step of joining", async () => {
    page.server.offered.set("specialist-camera", producerOf(OTHER, "camera"));
    for (let ms = 0; ms < 40; ms += 1) {
      session.join("c1");
      await page.pass(ms);
      session.leave();
      await page.pass(200);
      expect({ ms, ...page.alive() }).toEqual({ ms, ...NOTHING_ALIVE });
      expect(session.phase).toBe("idle");
    }
  });

  it("leaves no listener behind, however often it is done", async () => {
    const listeners = () => [page.pc.listeners, page.server.socket!.listeners];
    session.join("c1");
    await page.pass();
    const before = listeners();
    for (let time = 0; time < 3; time += 1) {
      session.leave();
      session.join("c1");
      await page.pass();
      page.server.drop();
      page.server.connect();
      await page.pass();
    }
    expect(listeners()).toEqual(before);
  });

  it("of another call in the middle of a join ends in that other call", async () => {
    const release = page.server.hold("call.join");
    session.join("c0");
    await page.pass();
    session.join("c1");
    release();
    await page.pass();
    expect([session.callId, session.phase]).toEqual(["c1", "live"]);
    expect(peers.live.size).toBe(2);
  });

  it("of the same call right after it was left in the middle of a join is whole", async () => {
    session.join("c1");
    await page.pass(9);
    session.leave();
    session.join("c1");
    await page.pass();
    expect(session.phase).toBe("live");
    expect(peers.live.size).toBe(2);
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
  });

  it("that is refused says so, and can be asked for again", async () => {
    page.server.refuse("call.join", "bad_state");
    session.join("c1");
    await page.pass();
    expect(session.phase).toBe("failed");
    session.join("c1");
    await page.pass();
    expect(session.phase).toBe("live");
  });

  it("whose answer never comes is tried again while the channel is up", async () => {
    page.server.refuse("call.join", null);
    session.join("c1");
    await page.pass(35_000);
    expect(session.phase).toBe("live");
  });

  it("that breaks down while the transports open is whole after the channel is back", async () => {
    const release = page.server.hold("media.create_transport");
    session.join("c1");
    await page.pass();
    page.server.drop();
    await page.pass();
    expect(session.phase).toBe("reconnecting");
    release();
    page.server.connect();
    await page.pass();
    expect(session.phase).toBe("live");
    expect(peers.live.size).toBe(2);
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
  });
});

describe("Joining anew", () => {
  it("is not kept away by a track that the browser never answered for", async () => {
    page.server.offered.set("specialist-camera", producerOf(OTHER, "camera"));
    peers.before("receive", () => new Promise(() => undefined));
    session.join("c1");
    await page.pass();
    expect(session.phase).toBe("joining");
    peers.before("receive", () => undefined);
    page.server.restart();
    await page.pass();
    expect(session.phase).toBe("live");
    expect(received()).toEqual(["specialist-camera"]);
  });

  it("is not tried in a tight circle when every handshake is refused", async () => {
    page.server.refuse("media.connect_transport", ...Array<string>(200).fill("unexpected"));
    session.join("c1");
    await page.pass(20_000);
    expect(page.server.times("call.join")).toBeLessThan(15);
  });
});

describe("Coming back", () => {
  beforeEach(async () => {
    page.server.offered.set("specialist-camera", producerOf(OTHER, "camera"));
    session.join("c1");
    await page.pass();
  });

  it("with the same generation and epoch keeps the transports and what runs over them", async () => {
    const before = [...peers.live];
    page.server.drop();
    await page.pass();
    expect(session.phase).toBe("reconnecting");
    page.server.connect();
    await page.pass();
    expect(session.phase).toBe("live");
    expect([...peers.live]).toEqual(before);
    expect(page.server.last("call.join")).toMatchObject({ generation: 1, epoch: "epoch-1" });
    expect([page.server.times("media.produce"), page.server.times("media.consume")]).toEqual([3, 1]);
  });

  it("receives what appeared, and stops receiving what went, while the channel was away", async () => {
    page.server.drop();
    page.server.withdraw("specialist-camera");
    page.server.offer(producerOf(OTHER, "desktop"));
    page.server.connect();
    await page.pass();
    expect(received()).toEqual(["specialist-desktop"]);
    expect(peers.one("recv").receiving.size).toBe(1);
  });

  it("to a new media process builds new transports and sends and receives everything again", async () => {
    const before = [...peers.live];
    page.server.restart();
    await page.pass();
    expect(session.phase).toBe("live");
    expect(peers.live.size).toBe(2);
    expect(before.some((peer) => peers.live.has(peer))).toBe(false);
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
    expect(received()).toEqual(["specialist-camera"]);
  });

  it("when the media process is replaced once more in the middle of a rejoin ends whole", async () => {
    for (let ms = 1; ms < 30; ms += 1) {
      page.server.restart();
      await page.pass(ms);
      page.server.restart();
      await page.pass(5_000);
      expect([ms, session.phase, peers.live.size, sent().length, received().length]).toEqual([ms, "live", 2, 3, 1]);
    }
  });

  it("when the channel breaks again in the middle of a rejoin ends whole", async () => {
    for (let ms = 1; ms < 30; ms += 1) {
      page.server.drop();
      page.server.restart();
      page.server.connect();
      await page.pass(ms);
      page.server.drop();
      await page.pass(1);
      page.server.connect();
      await page.pass(5_000);
      expect([ms, session.phase, peers.live.size, sent().length, received().length]).toEqual([ms, "live", 2, 3, 1]);
    }
  });

  it("to a call that is over leaves it", async () => {
    page.server.drop();
    page.server.call = { ...page.server.call, state: "closed" };
    page.server.connect();
    await page.pass();
    expect(session.phase).toBe("idle");
    expect(page.alive()).toEqual(NOTHING_ALIVE);
  });

  it("that fails for another reason is tried again", async () => {
    page.server.drop();
    page.server.refuse("call.join", "busy", "busy");
    page.server.connect();
    await page.pass();
    expect(session.phase).toBe("reconnecting");
    await page.pass(5_000);
    expect(session.phase).toBe("live");
  });
});

describe("A session taken over by another window", () => {
  it("lets everything go and stays away, whatever happens to the call", async () => {
    session.join("c1");
    await page.pass();
    page.server.takeOver();
    await page.pass();
    expect(session.phase).toBe("superseded");
    expect(page.alive()).toEqual(NOTHING_ALIVE);
    page.server.become({ state: "reconnecting" });
    await page.pass();
    session.join("c1"); // pages join at every change of their call
    page.server.restart();
    page.server.drop();
    page.server.connect();
    await page.pass(30_000);
    expect(session.phase).toBe("superseded");
    expect(page.server.times("call.join")).toBe(1);
  });

  it("in the middle of joining stays away too", async () => {
    for (let ms = 5; ms < 25; ms += 1) {
      session.join("c1");
      await page.pass(ms);
      page.server.takeOver();
      await page.pass(30_000);
      expect([ms, session.phase]).toEqual([ms, "superseded"]);
      expect({ ms, ...page.alive() }).toEqual({ ms, ...NOTHING_ALIVE });
      session.leave();
    }
  });

  it("while a rejoin waits for its next try stays away too", async () => {
    session.join("c1");
    await page.pass();
    page.server.refuse("call.join", "busy");
    page.server.restart();
    await page.pass();
    page.server.takeOver();
    await page.pass(10_000);
    expect(session.phase).toBe("superseded");
  });

  it("comes back when it is taken back", async () => {
    session.join("c1");
    await page.pass();
    page.server.takeOver();
    await page.pass();
    session.takeBack();
    await page.pass();
    expect(session.phase).toBe("live");
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
  });
});
