import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import { Neighbours } from "@/rtc/neighbours";
import { useSession } from "@/state/session";
import { OTHER, producerOf } from "../../support/fakeServer";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";

let page: Page;
let session: ReturnType<typeof useSession>;

beforeEach(async () => {
  page = openPage();
  session = useSession();
  page.server.offered.set("specialist-microphone", producerOf(OTHER, "microphone"));
  page.server.connect();
  await page.pass();
});
afterEach(() => page.close());

const muted = () => [...document.querySelectorAll("audio")].map((player) => player.muted);

/** Another tab of this browser is in a call; what it found is counted. */
async function neighbour(callId: string): Promise<{ found: number; leave(): void }> {
  const tab = new Neighbours();
  const seen = { found: 0, leave: () => tab.leave() };
  tab.enter(callId, () => (seen.found += 1));
  await page.pass();
  return seen;
}

async function joined(): Promise<void> {
  session.join("c1");
  await page.pass();
  expect(session.phase).toBe("live");
}

describe("The loudspeaker", () => {
  it("is silent beside another end of the same call, and says why", async () => {
    await joined();
    expect(muted()).toEqual([false]);
    const other = await neighbour("c1");
    expect([session.loudspeaker, muted(), other.found]).toEqual([{ on: false, reason: "neighbour" }, [true], 1]);
    other.leave();
  });

  it("ignores ends of other calls", async () => {
    await joined();
    const other = await neighbour("c2");
    expect([session.loudspeaker.on, other.found]).toEqual([true, 0]);
    other.leave();
  });

  it("stays as somebody turned it by hand", async () => {
    await joined();
    session.setLoudspeaker(true);
    const other = await neighbour("c1");
    expect([session.loudspeaker.on, muted()]).toEqual([true, [false]]);
    other.leave();
  });

  it("is on again in the next session", async () => {
    await joined();
    session.setLoudspeaker(false);
    session.leave();
    await joined();
    expect([session.loudspeaker, muted()]).toEqual([{ on: true, reason: null }, [false]]);
  });

  it("of a window that took the session over is not hushed by the one that lost it", async () => {
    await joined();
    page.server.takeOver();
    await page.pass();
    expect(page.alive()).toEqual(NOTHING_ALIVE);
    const winner = await neighbour("c1");
    expect(winner.found).toBe(0);
    winner.leave();
  });

  it("that the browser keeps silent sounds with the next click anywhere", async () => {
    const play = vi.mocked(HTMLMediaElement.prototype.play);
    play.mockRejectedValueOnce(new DOMException("no click yet", "NotAllowedError"));
    await joined();
    expect(session.soundBlocked).toBe(true);
    window.dispatchEvent(new Event("pointerdown"));
    await page.pass();
    expect(session.soundBlocked).toBe(false);
  });
});
