import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const drawn = vi.hoisted(() => ({ made: 0, stopped: 0 }));
vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);
vi.mock("@/rtc/samples", async (original) => {
  const make = () => {
    drawn.made += 1;
    const track = Object.assign(new EventTarget(), { kind: "video", id: "sample", enabled: true, readyState: "live" });
    return { track: Object.assign(track, { getSettings: () => ({}) }), stop: () => (drawn.stopped += 1) };
  };
  return { ...(await original<object>()), sampleCamera: make, sampleDocument: make };
});

import { useConfig } from "@/state/config";
import { useDevices } from "@/state/devices";
import { useSession } from "@/state/session";
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
});
afterEach(async () => {
  session.leave();
  await page.pass(30_000);
  expect(page.alive()).toEqual(NOTHING_ALIVE);
  page.close();
});

const sent = () => seat.sent(page.server);
const open = () => [...page.pc.open].map(({ deviceId }) => deviceId).sort();
/** What the browser really sends, by device. */
const flowing = () => [...peers.one("send").sending.values()].map((track) => track.getSettings().deviceId).sort();

async function joined(): Promise<void> {
  session.join("c1");
  await page.pass();
  expect(open()).toEqual(["cam-1", "cam-2", "mic-1"]);
}

async function turn(name: "microphone" | "camera" | "document_camera" | "desktop", on: boolean): Promise<void> {
  void session.setSource(name, on);
  await page.pass();
}

/** Let every device wait for the person at the prompt; the returned function answers all of them. */
function prompt(): (error?: DOMException) => void {
  const waiting: ((error?: DOMException) => void)[] = [];
  page.pc.before(() => new Promise((resolve, reject) => waiting.push((error) => (error ? reject(error) : resolve()))));
  return (error) => {
    page.pc.before(() => undefined);
    waiting.splice(0).forEach((answer) => answer(error));
  };
}

describe("A device", () => {
  it("that is pulled out takes nothing else along, and comes back when it is plugged in", async () => {
    await joined();
    page.pc.unplug("cam-2");
    await page.pass();
    expect(session.sources.document_camera).toMatchObject({ state: "lost", failure: "unplugged" });
    expect(sent()).toEqual(["camera", "microphone"]);
    page.pc.plug({ deviceId: "cam-2", kind: "videoinput", label: "高拍仪" });
    await page.pass();
    expect(session.sources.document_camera.state).toBe("on");
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
  });

  it("that is pulled out is waited for, however often others come and go", async () => {
    await joined();
    const only = { deviceId: "mic-1", kind: "audioinput" as const, label: "麦克风" };
    page.pc.unplug("mic-1");
    await page.pass();
    expect(session.sources.microphone).toMatchObject({ state: "lost", failure: "unplugged" });
    page.pc.unplug("cam-2");
    await page.pass(60_000);
    expect(session.sources.microphone.state).toBe("lost");
    page.pc.plug(only);
    await page.pass();
    expect(session.sources.microphone.state).toBe("on");
    expect(sent()).toContain("microphone");
  });

  it("that was muted comes back muted", async () => {
    await joined();
    await turn("microphone", false);
    page.pc.unplug("mic-1");
    await page.pass();
    page.pc.plug({ deviceId: "mic-2", kind: "audioinput", label: "另一个" });
    await page.pass();
    expect(session.sources.microphone.state).toBe("muted");
    expect(page.pc.track("mic-2").enabled).toBe(false);
    expect(sent()).not.toContain("microphone");
  });

  it("whose permission is taken back midway says so and leaves the others alone", async () => {
    await joined();
    page.pc.before((asked) => {
      if (asked.video) throw new DOMException("no", "NotAllowedError");
    });
    page.pc.track("cam-1").end();
    page.pc.dispatchEvent(new Event("devicechange"));
    await page.pass();
    expect(session.sources.camera).toMatchObject({ state: "off", failure: "refused" });
    expect(sent()).toEqual(["document_camera", "microphone"]);
  });

  it("that the system silences for a while stays sent", async () => {
    await joined();
    page.pc.track("mic-1").silence(true);
    page.pc.track("mic-1").silence(false);
    await page.pass();
    expect(session.sources.microphone.state).toBe("on");
    expect(sent()).toContain("microphone");
  });

  it.each([
    ["NotAllowedError", "refused"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "in_use"],
  ])("that cannot be opened (%s) keeps its own failure", async (name, failure) => {
    page.pc.before((asked) => {
      if (asked.video) throw new DOMException("no", name);
    });
    session.join("c1");
    await page.pass();
    expect(session.sources.camera).toMatchObject({ state: "off", failure });
    expect(sent()).toEqual(["microphone"]);
  });

  it("that opens after its session was left is let go", async () => {
    const answer = prompt();
    session.join("c1");
    await page.pass();
    session.leave();
    answer();
    await page.pass();
    expect(open()).toEqual([]);
    expect(session.sources.camera.state).toBe("off");
  });

  it("that still waits for the person in the last session does not hold up the next one", async () => {
    const answer = prompt();
    session.join("c1");
    await page.pass();
    session.leave();
    page.pc.before(() => undefined);
    await joined();
    answer();
    await page.pass();
    expect(open()).toEqual(["cam-1", "cam-2", "mic-1"]);
  });

  it("turned off while it opens ends off, its light out", async () => {
    await joined();
    await turn("camera", false);
    const before = page.server.times("media.produce");
    const answer = prompt();
    await turn("camera", true);
    await turn("camera", false);
    answer();
    await page.pass();
    expect(open()).toEqual(["cam-2", "mic-1"]);
    expect(page.server.times("media.produce")).toBe(before);
    expect([session.sources.camera.state, sent().includes("camera")]).toEqual(["off", false]);
  });

  it("muted while it opens is never heard", async () => {
    const answer = prompt();
    session.join("c1");
    await page.pass();
    void session.setSource("microphone", false);
    answer();
    await page.pass();
    expect([session.sources.microphone.state, page.pc.track("mic-1").enabled]).toEqual(["muted", false]);
    const heard = page.server.heard.filter(({ name, body }) => name === "media.produce" && body.track === "microphone");
    expect(heard.map(({ body }) => body.paused)).toEqual([true]);
  });

  it("turned on and off quickly ends as it was asked last", async () => {
    await joined();
    for (const on of [false, true, false, true, false, true]) void session.setSource("camera", on);
    await page.pass();
    expect(open()).toEqual(["cam-1", "cam-2", "mic-1"]);
    for (const on of [false, true, false]) void session.setSource("camera", on);
    await page.pass();
    expect([open(), sent()]).toEqual([["cam-2", "mic-1"], ["document_camera", "microphone"]]);
  });

  it("that opened while the room was replaced is sent into the next one, and is said to be on", async () => {
    for (let ms = 0; ms < 20; ms += 1) {
      session.join("c1");
      await page.pass(10);
      page.server.restart();
      await page.pass(ms);
      page.server.restart();
      await page.pass(15_000);
      const states = (["microphone", "camera", "document_camera"] as const).map((name) => session.sources[name].state);
      expect([ms, states, sent()]).toEqual([ms, ["on", "on", "on"], ["camera", "document_camera", "microphone"]]);
      session.leave();
    }
  });
});

describe("Changing a device", () => {
  const other = { deviceId: "cam-3", kind: "videoinput" as const, label: "第三个" };

  beforeEach(async () => {
    await joined();
    page.pc.plug(other);
    await page.pass();
  });

  it("keeps the producer, and lets the old one go", async () => {
    const before = [...page.server.seat.producers.keys()];
    void session.useDevice("camera", "cam-3");
    await page.pass();
    expect([...page.server.seat.producers.keys()]).toEqual(before);
    expect([open(), flowing()]).toEqual([["cam-2", "cam-3", "mic-1"], ["cam-2", "cam-3", "mic-1"]]);
  });

  it("twice in a moment ends with the last one, however slow the first is", async () => {
    const answer = prompt();
    void session.useDevice("camera", "cam-3");
    await page.pass();
    void session.useDevice("camera", "cam-1");
    answer();
    await page.pass();
    expect([open(), flowing()]).toEqual([["cam-1", "cam-2", "mic-1"], ["cam-1", "cam-2", "mic-1"]]);
  });

  it("to one that cannot be opened ends the picture for the others too", async () => {
    page.pc.before(() => {
      throw new DOMException("busy", "NotReadableError");
    });
    void session.useDevice("camera", "cam-3");
    await page.pass();
    expect(session.sources.camera).toMatchObject({ state: "off", failure: "in_use" });
    expect(sent()).toEqual(["document_camera", "microphone"]);
  });

  it("of a muted microphone leaves it muted", async () => {
    page.pc.plug({ deviceId: "mic-2", kind: "audioinput", label: "另一个" });
    await turn("microphone", false);
    void session.useDevice("microphone", "mic-2");
    await page.pass();
    expect(session.sources.microphone.state).toBe("muted");
    expect(page.pc.track("mic-2").enabled).toBe(false);
    expect(sent()).not.toContain("microphone");
  });

  it("that is pulled out before it is sent is lost, not failed", async () => {
    peers.before("replaceTrack", () => page.pc.unplug("cam-3"));
    void session.useDevice("camera", "cam-3");
    await page.pass();
    expect(["lost", "on"]).toContain(session.sources.camera.state);
    expect(sent()).toContain("microphone");
  });
});

describe("The desktop", () => {
  beforeEach(joined);

  it("ended in the browser's own bar closes the small window and ends for the others", async () => {
    await turn("desktop", true);
    expect([sent().includes("desktop"), session.floating]).toEqual([true, true]);
    page.pc.track("screen").end();
    await page.pass();
    expect([sent().includes("desktop"), session.floating, session.sources.desktop.state]).toEqual([false, false, "off"]);
  });

  it("whose picker is closed is a choice, not a failure", async () => {
    page.pc.before(() => {
      throw new DOMException("closed", "NotAllowedError");
    });
    await turn("desktop", true);
    expect(session.sources.desktop).toMatchObject({ state: "off", failure: null });
    expect(session.floating).toBe(false);
  });

  it("picked after the session was left is not shared", async () => {
    const answer = prompt();
    await turn("desktop", true);
    session.leave();
    answer();
    await page.pass();
    expect(open()).toEqual([]);
    expect(session.sources.desktop.state).toBe("off");
  });

  it("shared anew replaces the picture and lets the first one go", async () => {
    await turn("desktop", true);
    const first = page.pc.track("screen");
    await turn("desktop", true);
    expect(first.readyState).toBe("ended");
    expect(sent().filter((name) => name === "desktop")).toHaveLength(1);
  });

  it("shared before a reload is offered again until it is shared, also over a short break", async () => {
    session.leave();
    page.server.wasSharing = true;
    session.join("c1");
    await page.pass();
    expect(session.wasSharing).toBe(true);
    page.server.drop();
    await page.pass();
    page.server.connect();
    await page.pass();
    expect(session.wasSharing).toBe(true);
    await turn("desktop", true);
    expect(session.wasSharing).toBe(false);
  });

  it("goes on over a new media process", async () => {
    await turn("desktop", true);
    page.server.restart();
    await page.pass();
    expect(sent()).toContain("desktop");
  });
});

describe("A tab that is loaded again", () => {
  it("brings back what was on and leaves off what was off", async () => {
    await joined();
    await turn("camera", false);
    session.leave();
    session.join("c1");
    await page.pass();
    expect(sent()).toEqual(["document_camera", "microphone"]);
  });
});

describe("Sample devices", () => {
  it("are drawn where there is no hardware, and stop with the session", async () => {
    useConfig().config = { demo: true } as never;
    page.pc.devices = page.pc.devices.filter(({ kind }) => kind === "audioinput");
    useDevices().choose("camera", "sample:camera");
    useDevices().choose("document_camera", "sample:document");
    session.join("c1");
    await page.pass();
    expect(sent()).toEqual(["camera", "document_camera", "microphone"]);
    session.leave();
    expect(drawn.stopped).toBe(drawn.made);
  });
});
