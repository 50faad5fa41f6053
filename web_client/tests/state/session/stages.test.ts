import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);
const level = vi.hoisted(() => ({ spread: 1 }));
vi.mock("@/rtc/meter", () => ({ LevelMeter: class { runs = true; level = () => 0; spread = () => level.spread; stop = () => undefined } }));
const made = vi.hoisted(() => ({ all: [] as { device: MediaStreamTrack; terms: Terms; stopped: boolean }[], refuse: null as Error | null }));
vi.mock("@/rtc/effects/noise", () => ({ openNoise: stand }));
vi.mock("@/rtc/effects/blur", () => ({ openBlur: stand }));

import { FLAT_AFTER_MS } from "@/rtc/flatness";
import { StageError, type Terms } from "@/rtc/effects/stage";
import { useEffects } from "@/state/effects";
import { useSession } from "@/state/session";
import { peers } from "../../support/fakePeers";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

/** A stage that gives a track of its own, named after its device. */
async function stand(device: MediaStreamTrack, terms: Terms) {
  if (made.refuse) throw made.refuse;
  const one = { device, terms, stopped: false };
  made.all.push(one);
  const settings = () => ({ deviceId: `${device.getSettings().deviceId} staged` });
  const track = Object.assign(new EventTarget(), { kind: device.kind, id: crypto.randomUUID(), enabled: true, readyState: "live", getSettings: settings });
  return { track: track as unknown as MediaStreamTrack, stop: () => void (one.stopped = true) };
}

let page: Page;
let session: ReturnType<typeof useSession>;
let effects: ReturnType<typeof useEffects>;

beforeEach(async () => {
  Object.assign(made, { all: [], refuse: null });
  level.spread = 1;
  page = openPage();
  session = useSession();
  effects = useEffects();
  page.server.connect();
  await page.pass();
});
afterEach(async () => {
  session.leave();
  await page.pass(30_000);
  expect(page.alive()).toEqual(NOTHING_ALIVE);
  expect(made.all.filter(({ stopped }) => !stopped)).toEqual([]);
  page.close();
});

/** What the browser really sends, by device. */
const flowing = () => [...peers.one("send").sending.values()].map((track) => track.getSettings().deviceId).sort();
const RAW = ["cam-1", "cam-2", "mic-1"];
const heard = () => page.pc.asked.filter((one) => "noiseSuppression" in one).map((one) => one.noiseSuppression);

async function joined(): Promise<void> {
  session.join("c1");
  await page.pass();
  await vi.dynamicImportSettled();
  await page.pass();
}

async function set(effect: "noise" | "blur", on: boolean): Promise<void> {
  effects.set(effect, on);
  await page.pass();
  await vi.dynamicImportSettled();
  await page.pass();
}

describe("Stages behind my devices", () => {
  it("come and go in mid-session, sent by the same producers", async () => {
    await joined();
    expect(flowing()).toEqual(RAW);
    const producers = [...page.server.seat.producers.keys()];
    await set("blur", true);
    expect(flowing()).toEqual(["cam-1 staged", "cam-2", "mic-1"]);
    await set("noise", true);
    expect([flowing(), heard()]).toEqual([["cam-1 staged", "cam-2", "mic-1 staged"], [true, false]]);
    await set("noise", false);
    await set("blur", false);
    expect([flowing(), heard(), [...page.server.seat.producers.keys()]]).toEqual([RAW, [true, false, true], producers]);
  });

  it("stand behind a muted microphone without letting it through", async () => {
    await joined();
    void session.setSource("microphone", false);
    await set("noise", true);
    expect(seat.paused(page.server)).toEqual(["microphone"]);
    void session.setSource("microphone", true);
    await page.pass();
    expect([flowing(), page.pc.track("mic-1").enabled]).toEqual([["cam-1", "cam-2", "mic-1 staged"], true]);
  });

  it.each(["slow", "failed"] as const)("are taken out when %s: the devices go on, and it is said once", async (fate) => {
    effects.set("noise", true);
    effects.set("blur", true);
    await joined();
    expect(flowing()).toEqual(["cam-1 staged", "cam-2", "mic-1 staged"]);
    made.all.filter(({ stopped }) => !stopped).forEach(({ terms }) => terms.over(fate));
    await page.pass();
    expect([flowing(), effects.state("noise"), effects.state("blur"), heard().at(-1)]).toEqual([RAW, fate, fate, true]);
    expect(session.takenOut?.fate).toBe(fate);
  });

  it("are not begun again on a slow PC before somebody asks, and then measured anew or not at all", async () => {
    made.refuse = new StageError("slow");
    effects.set("blur", true);
    await joined();
    expect([flowing(), effects.state("blur")]).toEqual([RAW, "slow"]);
    made.refuse = null;
    await set("blur", true);
    expect([flowing()[0], made.all.at(-1)!.terms.measure]).toEqual(["cam-1 staged", true]);
    await set("blur", false);
    await set("blur", true);
    expect(made.all.at(-1)!.terms.measure).toBe(false);
    made.all.at(-1)!.terms.over("slow");
    effects.insist("blur");
    await page.pass();
    expect([flowing()[0], made.all.at(-1)!.terms]).toMatchObject(["cam-1 staged", { measure: false, anyway: true }]);
  });

  it("move to the device that takes another's place", async () => {
    effects.set("noise", true);
    await joined();
    page.pc.plug({ deviceId: "mic-2", kind: "audioinput", label: "另一个" });
    await page.pass();
    void session.useDevice("microphone", "mic-2");
    await page.pass();
    expect([flowing(), made.all.map(({ stopped }) => stopped)]).toEqual([["cam-1", "cam-2", "mic-2 staged"], [true, false]]);
  });
});

describe("A microphone that gives nothing at all", () => {
  it("is told to its owner alone until it stirs, and not while it is muted", async () => {
    await joined();
    level.spread = 0;
    await page.pass(FLAT_AFTER_MS.heard + 6_000);
    expect([session.sources.microphone.flat, session.sources.microphone.state]).toEqual([true, "on"]);
    expect(seat.sent(page.server)).toContain("microphone");
    void session.setSource("microphone", false);
    await page.pass(1_000);
    expect(session.sources.microphone.flat).toBe(false);
    void session.setSource("microphone", true);
    await page.pass(FLAT_AFTER_MS.heard + 6_000);
    expect(session.sources.microphone.flat).toBe(true);
    level.spread = 0.01;
    await page.pass(1_000);
    expect(session.sources.microphone.flat).toBe(false);
  });
});
