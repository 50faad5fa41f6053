import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import type { Quality } from "@/protocol/generated";
import { useSession } from "@/state/session";
import { ME } from "../../support/fakeServer";
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

describe("A weak network", () => {
  it("costs the camera first and the desktop next, never the sound or the document", async () => {
    await quality("bad", 5_500);
    expect([session.networkStep, held()]).toEqual(["full", []]);
    await page.pass(1_000);
    expect([session.networkStep, held()]).toEqual(["no_camera", ["camera"]]);
    await page.pass(60_000);
    expect([session.networkStep, held()]).toEqual(["no_desktop", ["camera", "desktop"]]);
  });

  it("that only flickers costs nothing", async () => {
    for (let at = 0; at < 10; at += 1) {
      await quality("bad", 5_000);
      await quality("weak", 500);
    }
    expect(session.networkStep).toBe("full");
  });

  it("gives back one at a time, only after it has stayed good", async () => {
    await quality("bad", 20_000);
    await quality("weak", 60_000);
    expect(session.networkStep).toBe("no_desktop");
    await quality("good", 19_000);
    expect(session.networkStep).toBe("no_desktop");
    await page.pass(2_000);
    expect(held()).toEqual(["camera"]);
    await page.pass(20_000);
    expect([session.networkStep, held()]).toEqual(["full", []]);
  });

  it("keeps holding back over a new media process and over a camera turned off and on", async () => {
    await quality("bad", 7_000);
    page.server.restart();
    await page.pass();
    expect(held()).toEqual(["camera"]);
    void session.setSource("camera", false);
    void session.setSource("camera", true);
    await page.pass();
    expect(held()).toEqual(["camera"]);
  });

  it("of the last session holds nothing back in the next", async () => {
    await quality("bad", 7_000);
    session.leave();
    session.join("c1");
    await page.pass();
    expect([session.networkStep, held()]).toEqual(["full", []]);
    expect(seat.sent(page.server)).toContain("camera");
  });

  it("of somebody else costs me nothing", async () => {
    page.server.emit("media.quality", { call_id: "c1", participant_id: "specialist", level: "bad", uplink: "bad", downlink: "good" });
    await page.pass(30_000);
    expect(session.networkStep).toBe("full");
  });

  it("of what I receive costs nothing of what I send, and is told apart", async () => {
    await quality("good", 60_000, "bad");
    expect([session.networkStep, held(), session.network]).toEqual(["full", [], "bad"]);
    expect(session.lines[ME.participant_id]).toEqual({ uplink: "good", downlink: "bad" });
    await quality("bad", 7_000, "bad");
    expect(session.networkStep).toBe("no_camera");
  });
});
