/**
 * Whatever happens to the network, the server and the devices, and whenever: once it is quiet, page and server agree.
 *
 * Scripts are drawn from a seed; a failing one is named by it. A consumer whose announcement was lost with the channel
 * stays at the server, paused, until its track or transport ends: only those that flow are compared.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import type { CommandName, Track } from "@/protocol/generated";
import { useSession } from "@/state/session";
import { peers } from "../../support/fakePeers";
import { OTHER, producerOf } from "../../support/fakeServer";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

const SCRIPTS = 300;
const STEPS = 12;
const OWN: readonly Track[] = ["microphone", "camera", "document_camera", "desktop"];
const THEIRS: readonly Track[] = ["microphone", "camera", "desktop"];
const MEDIA: readonly CommandName[] = [
  "media.create_transport", "media.connect_transport", "media.produce", "media.consume", "media.resume_consumer",
  "media.pause_producer", "media.resume_producer", "media.close_producer", "call.join",
];

let page: Page;
let session: ReturnType<typeof useSession>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  page.server.connect();
  await page.pass();
});
afterEach(() => page.close());

/** Mulberry32: numbers from 0 to 1 that depend on the seed alone. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function acts(draw: () => number): (() => void)[] {
  const { server } = page;
  const one = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const theirs = (track: Track) => [...server.offered.values()].find((known) => known.track === track);
  const reconnect = () => {
    server.drop();
    server.connect();
  };
  return [
    () => void session.setSource(one(OWN), draw() < 0.5),
    () => {
      const track = one(THEIRS);
      const id = theirs(track)?.producer_id ?? crypto.randomUUID();
      server.offer({ ...producerOf(OTHER, track, id), paused: draw() < 0.3 });
    },
    () => {
      const gone = theirs(one(THEIRS));
      if (gone) server.withdraw(gone.producer_id);
    },
    () => server.drop(),
    reconnect,
    () => server.restart(),
    () => server.loseAnswer(one(MEDIA)),
    () => server.refuse(one(MEDIA.slice(3, 5)), "busy"),
    () => [...peers.live].forEach((peer) => draw() < 0.5 && peer.become(one(["disconnected", "failed", "connected"]))),
    () => server.emit("media.quality", { call_id: "c1", participant_id: "clerk", level: "good", uplink: one(["good", "weak", "bad"]), downlink: one(["good", "weak", "bad"]) }),
    () => page.pc.open.forEach((track) => draw() < 0.3 && track.end()),
    () => page.pc.dispatchEvent(new Event("devicechange")),
  ];
}

async function play(seed: number): Promise<void> {
  const draw = random(seed);
  session.join("c1");
  for (let step = 0; step < STEPS; step += 1) {
    const list = acts(draw);
    list[Math.floor(draw() * list.length)]!();
    await page.pass(draw() < 0.5 ? Math.floor(draw() * 12) : Math.floor(draw() * 4_000));
  }
}

/** The channel is up, paths are whole, and there was time for everything that waits. */
async function quiet(): Promise<void> {
  page.server.behave();
  await page.pass();
  if (!page.server.socket!.connected) page.server.connect();
  await page.pass(60_000);
  page.server.emit("media.quality", { call_id: "c1", participant_id: "clerk", level: "good", uplink: "good", downlink: "good" });
  peers.live.forEach((peer) => peer.state !== "new" && peer.become("connected"));
  await page.pass(120_000);
}

describe("After any script", () => {
  it.each(Array.from({ length: SCRIPTS / 50 }, (_, at) => at * 50))("page and server agree (seeds from %i)", async (first) => {
    for (let seed = first; seed < first + 50; seed += 1) {
      await play(seed);
      await quiet();
      const states = OWN.map((name) => [name, session.sources[name].state] as const);
      const named = (...wanted: string[]) => states.filter(([, state]) => wanted.includes(state)).map(([name]) => name).sort();
      expect({
        seed,
        phase: session.phase,
        peers: peers.live.size,
        sent: seat.sent(page.server),
        held: seat.paused(page.server),
        flowing: peers.one("send").sending.size,
        devices: page.pc.open.size,
        received: seat.received(page.server),
        shown: session.pictures.filter(({ local, stream }) => !local && stream).length,
      }).toEqual({
        seed,
        phase: "live",
        peers: 2,
        sent: named("on"),
        held: named("muted"),
        flowing: named("on", "muted").length,
        devices: named("on", "muted").length,
        received: [...page.server.offered.keys()].sort(),
        shown: [...page.server.offered.values()].filter(({ kind }) => kind === "video").length,
      });
      session.leave();
      await page.pass(30_000);
      expect({ seed, ...page.alive() }).toEqual({ seed, ...NOTHING_ALIVE });
      page.server.offered.clear();
    }
  }, 60_000);
});
