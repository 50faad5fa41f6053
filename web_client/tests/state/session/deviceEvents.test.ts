/** Every row of the table of device events, played on a PC that exists only in the test. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import { useConfig } from "@/state/config";
import { useDevices } from "@/state/devices";
import { useSession } from "@/state/session";
import { NOTHING_ALIVE, openPage, type Page } from "../../support/page";
import * as seat from "../../support/seat";

let page: Page;
let session: ReturnType<typeof useSession>;

const MIC = { deviceId: "mic-1", kind: "audioinput" as const, label: "麦克风" };
const MIC2 = { deviceId: "mic-2", kind: "audioinput" as const, label: "摄像头自带" };
const CAM = { deviceId: "cam-1", kind: "videoinput" as const, label: "摄像头" };
const DESK = { deviceId: "cam-2", kind: "videoinput" as const, label: "高拍仪" };
const OUT = { deviceId: "out-1", kind: "audiooutput" as const, label: "耳机" };

/** Permissions of the page; the person changes them in the browser. */
const permissions = new Map<string, EventTarget & { state: string }>();

beforeEach(async () => {
  permissions.clear();
  const query = async ({ name }: { name: string }) => {
    permissions.set(name, Object.assign(new EventTarget(), { state: "granted" }));
    return permissions.get(name);
  };
  Object.defineProperty(navigator, "permissions", { configurable: true, value: { query } });
  page = openPage();
  session = useSession();
  page.server.connect();
  await page.pass();
});
afterEach(async () => {
  session.leave();
  await page.pass(60_000);
  expect(page.alive()).toEqual(NOTHING_ALIVE);
  page.close();
  Reflect.deleteProperty(navigator, "permissions");
});

const sent = () => seat.sent(page.server);
const held = () => seat.paused(page.server);
const open = () => [...page.pc.open].map(({ deviceId }) => deviceId).sort();
const of = (name: "microphone" | "camera" | "document_camera" | "desktop") => session.sources[name];

async function joined(): Promise<void> {
  session.join("c1");
  await page.pass();
}

async function share(): Promise<void> {
  void session.setSource("desktop", true);
  await page.pass();
}

describe("The chosen microphone", () => {
  beforeEach(async () => {
    await useDevices().refresh();
    useDevices().choose("microphone", "mic-1");
  });

  it("pulled out and plugged in again is opened again", async () => {
    await joined();
    page.pc.unplug("mic-1");
    await page.pass(30_000);
    expect(of("microphone")).toMatchObject({ state: "lost", failure: "unplugged" });
    page.pc.plug(MIC);
    await page.pass();
    expect([of("microphone").state, open(), sent()]).toEqual(["on", ["cam-1", "cam-2", "mic-1"], ["camera", "document_camera", "microphone"]]);
  });

  it.each([["chosen", "mic-1"], ["not chosen", null]])("pulled out in the demo, %s, never gives way to the sample voice", async (_, id) => {
    useConfig().config = { demo: true } as never;
    useDevices().chosen.microphone = id;
    await joined();
    page.pc.unplug("mic-1");
    await page.pass(30_000);
    expect([of("microphone").state, of("microphone").label, sent().includes("microphone")]).toEqual(["lost", "麦克风", false]);
    page.pc.plug(MIC);
    await page.pass();
    expect(page.pc.track("mic-1").readyState).toBe("live");
  });

  it("gives way to another one, which is said, and takes over again", async () => {
    page.pc.plug(MIC2);
    await joined();
    page.pc.unplug("mic-1");
    await page.pass(2_000);
    expect([of("microphone"), open()]).toMatchObject([{ state: "on", instead: true, label: "摄像头自带" }, ["cam-1", "cam-2", "mic-2"]]);
    page.pc.plug(MIC);
    await page.pass();
    expect([of("microphone"), open()]).toMatchObject([{ state: "on", instead: false }, ["cam-1", "cam-2", "mic-1"]]);
    expect(useDevices().chosen.microphone).toBe("mic-1");
  });

  it("that is back but busy leaves the other one in use until it can be had", async () => {
    page.pc.plug(MIC2);
    await joined();
    page.pc.unplug("mic-1");
    await page.pass(2_000);
    page.pc.plug({ ...MIC, busy: true });
    await page.pass();
    expect([of("microphone").state, open().includes("mic-2")]).toEqual(["on", true]);
    page.pc.device("mic-1")!.busy = false;
    page.pc.dispatchEvent(new Event("devicechange"));
    await page.pass();
    expect(open()).toEqual(["cam-1", "cam-2", "mic-1"]);
  });

  it("is known by its name when its id is another one since the address was forgotten", async () => {
    page.pc.list([MIC2, { ...MIC, deviceId: "new-1" }, CAM, DESK]);
    await joined();
    expect([open(), useDevices().chosen.microphone]).toEqual([["cam-1", "cam-2", "new-1"], "new-1"]);
    expect(of("microphone").instead).toBe(false);
  });

  it("is not guessed among two of one name", async () => {
    page.pc.list([MIC2, { ...MIC, deviceId: "new-1" }, { ...MIC, deviceId: "new-2" }, CAM, DESK]);
    await joined();
    expect([of("microphone").instead, useDevices().microphones.map(({ label }) => label)]).toEqual([true, ["摄像头自带", "麦克风 (1)", "麦克风 (2)"]]);
  });

  it("is asked for by its id before the browser tells any", async () => {
    page.pc.list([MIC2, MIC, CAM, DESK].map((device) => ({ ...device })));
    const real = page.pc.enumerateDevices;
    page.pc.enumerateDevices = async () => (await real()).map((device) => ({ ...device, deviceId: "", label: "" }));
    page.pc.dispatchEvent(new Event("devicechange"));
    await page.pass();
    await joined();
    expect(open()).toContain("mic-1");
  });

  it("is asked for where the browser lists nothing at all", async () => {
    page.pc.enumerateDevices = async () => [];
    page.pc.dispatchEvent(new Event("devicechange"));
    await page.pass();
    await joined();
    expect([of("microphone").state, open()]).toEqual(["on", ["cam-1", "mic-1"]]);
  });
});

describe("A camera", () => {
  it("that was chosen and is gone is waited for: another one may show what nobody meant to show", async () => {
    await useDevices().refresh();
    useDevices().choose("camera", "cam-1");
    useDevices().choose("document_camera", "");
    await joined();
    page.pc.unplug("cam-1");
    await page.pass(20_000);
    expect([of("camera"), open()]).toMatchObject([{ state: "lost", failure: "unplugged" }, ["mic-1"]]);
    page.pc.plug(CAM);
    await page.pass();
    expect(open()).toEqual(["cam-1", "mic-1"]);
  });

  it("that was not even chosen gives way to another one only when the person asks again", async () => {
    await joined();
    page.pc.unplug("cam-1");
    page.pc.plug({ ...CAM, deviceId: "cam-9", label: "第三个" });
    await page.pass(20_000);
    expect([of("camera").state, open()]).toEqual(["lost", ["cam-2", "mic-1"]]);
    void session.setSource("camera", true);
    await page.pass();
    expect([of("camera").state, open()]).toEqual(["on", ["cam-2", "cam-9", "mic-1"]]);
  });

  it.each([
    ["its frame rate", ["frameRate"]],
    ["its size", ["width", "height"]],
    ["everything that is wished", ["frameRate", "width", "height"]],
  ])("that refuses %s is opened as it is", async (_, refuses) => {
    page.pc.list([MIC, { ...CAM, refuses }, { ...DESK, refuses }]);
    await joined();
    expect([of("camera").state, of("document_camera").state, sent()]).toEqual(["on", "on", ["camera", "document_camera", "microphone"]]);
  });

  it("whose browser does not say what it refuses is opened as it is", async () => {
    let tries = 0;
    page.pc.before(({ video }) => {
      if (video && typeof video === "object" && "frameRate" in video && (tries += 1)) throw Object.assign(new Error(), { name: "OverconstrainedError" });
    });
    await joined();
    expect([of("camera").state, tries]).toEqual(["on", 2]);
  });

  it("that another program has is tried until that gave it back, though no event tells", async () => {
    page.pc.list([MIC, { ...CAM, busy: true }, DESK]);
    await joined();
    expect(of("camera")).toMatchObject({ state: "off", failure: "in_use" });
    await page.pass(60_000);
    expect(of("camera")).toMatchObject({ state: "off", failure: "in_use" });
    page.pc.device("cam-1")!.busy = false;
    await page.pass(10_000);
    expect([of("camera").state, sent()]).toEqual(["on", ["camera", "document_camera", "microphone"]]);
  });

  it("that is turned off is not tried again", async () => {
    page.pc.list([MIC, { ...CAM, busy: true }, DESK]);
    await joined();
    void session.setSource("camera", false);
    await page.pass();
    page.pc.device("cam-1")!.busy = false;
    await page.pass(60_000);
    expect([of("camera"), open()]).toMatchObject([{ state: "off", failure: null }, ["cam-2", "mic-1"]]);
  });

  it("whose track ends without a change of the list is opened again", async () => {
    await joined();
    page.pc.track("cam-1").end();
    await page.pass(2_000);
    expect([of("camera").state, sent()]).toEqual(["on", ["camera", "document_camera", "microphone"]]);
  });

  it("that leaves the list without its track ending is let go, and comes back", async () => {
    await joined();
    page.pc.list([MIC, DESK]);
    await page.pass();
    expect([of("camera"), open()]).toMatchObject([{ state: "lost", failure: "unplugged" }, ["cam-2", "mic-1"]]);
    page.pc.list([MIC, CAM, DESK]);
    await page.pass();
    expect(of("camera").state).toBe("on");
  });

  it("that ended while the PC slept is opened again when the page wakes", async () => {
    await joined();
    page.pc.track("cam-1").stop();
    document.dispatchEvent(new Event("visibilitychange"));
    await page.pass(2_000);
    expect([of("camera").state, open()]).toEqual(["on", ["cam-1", "cam-2", "mic-1"]]);
  });

  it("whose permission was taken back comes back when it is given again", async () => {
    await joined();
    page.pc.before(({ video }) => {
      if (video) throw new DOMException("no", "NotAllowedError");
    });
    page.pc.track("cam-1").end();
    await page.pass(60_000);
    expect(of("camera")).toMatchObject({ state: "off", failure: "refused" });
    page.pc.before(() => undefined);
    permissions.get("camera")!.dispatchEvent(new Event("change"));
    await page.pass();
    expect(of("camera").state).toBe("on");
  });

  it("that the system refuses is tried when the person is back from the settings", async () => {
    page.pc.before(({ video }) => {
      if (video) throw new DOMException("Permission denied by system", "NotAllowedError");
    });
    await joined();
    expect(of("camera")).toMatchObject({ state: "off", failure: "refused_by_system" });
    page.pc.before(() => undefined);
    dispatchEvent(new Event("focus"));
    await page.pass();
    expect(of("camera").state).toBe("on");
  });

  it("is not used for the face and the desk at once", async () => {
    await useDevices().refresh();
    useDevices().choose("camera", "cam-1");
    useDevices().choose("document_camera", "cam-1");
    await joined();
    expect([of("camera").state, of("document_camera")]).toMatchObject(["on", { state: "off", failure: "taken" }]);
    void session.useDevice("document_camera", "cam-2");
    void session.setSource("document_camera", true);
    await page.pass();
    expect(of("document_camera").state).toBe("on");
  });

  it("chosen for the desk leaves the other one to the face", async () => {
    await useDevices().refresh();
    useDevices().choose("document_camera", "cam-1");
    await joined();
    expect([page.pc.track("cam-2").label, of("camera").label, of("document_camera").label]).toEqual(["高拍仪", "高拍仪", "摄像头"]);
  });
});

describe("A source that the system silences", () => {
  it("is said to be so, to its owner and the others, until it is heard again", async () => {
    await joined();
    page.pc.track("mic-1").silence(true);
    await page.pass(2_000);
    expect([of("microphone").state, sent(), held()]).toEqual(["silenced", ["camera", "document_camera"], ["microphone"]]);
    page.pc.track("mic-1").silence(false);
    await page.pass();
    expect([of("microphone").state, sent()]).toEqual(["on", ["camera", "document_camera", "microphone"]]);
  });

  it("from the start (a privacy switch) is said to be so", async () => {
    page.pc.list([MIC, { ...CAM, silent: true }, DESK]);
    await joined();
    await page.pass(2_000);
    expect([of("camera").state, held()]).toEqual(["silenced", ["camera"]]);
  });

  it("is told as the system's doing, and as its owner's once they mute it too", async () => {
    await joined();
    const told: unknown[] = [];
    const tell = () => told.push(page.server.last("media.pause_producer")?.silenced);
    page.pc.track("mic-1").silence(true);
    await page.pass(2_000);
    tell();
    for (const on of [false, true]) {
      void session.setSource("microphone", on);
      await page.pass();
      tell();
    }
    expect(told).toEqual([true, false, true]);
  });

  it("stays muted by its owner when the system lets it go", async () => {
    await joined();
    page.pc.track("mic-1").silence(true);
    await page.pass(2_000);
    void session.setSource("microphone", false);
    await page.pass();
    page.pc.track("mic-1").silence(false);
    await page.pass();
    expect([of("microphone").state, held()]).toEqual(["muted", ["microphone"]]);
  });

  it("while its owner has it muted, is silenced still when they speak again", async () => {
    await joined();
    void session.setSource("microphone", false);
    page.pc.track("mic-1").silence(true);
    await page.pass(2_000);
    expect(of("microphone").state).toBe("muted");
    void session.setSource("microphone", true);
    await page.pass();
    expect([of("microphone").state, held()]).toEqual(["silenced", ["microphone"]]);
  });

  it("as a minimised window is shown as held, and as live once it is open again", async () => {
    await joined();
    await share();
    page.pc.track("screen").silence(true);
    await page.pass(2_000);
    expect([of("desktop").state, held()]).toEqual(["silenced", ["desktop"]]);
    page.pc.track("screen").silence(false);
    await page.pass();
    expect([of("desktop").state, held()]).toEqual(["on", []]);
  });

  it("and then goes, leaves nothing of its silence to the next one", async () => {
    await joined();
    page.pc.track("mic-1").silence(true);
    await page.pass(2_000);
    page.pc.unplug("mic-1");
    await page.pass();
    page.pc.plug(MIC);
    await page.pass(3_000);
    expect([of("microphone").state, sent().includes("microphone")]).toEqual(["on", true]);
  });
});

describe("The system's default microphone", () => {
  const alias = (groupId: string) => ({ deviceId: "default", kind: "audioinput" as const, label: "默认", groupId });
  const [one, two] = [{ ...MIC, groupId: "a" }, { ...MIC2, groupId: "b" }];

  it("is followed when the system makes another one its default", async () => {
    page.pc.list([alias("a"), one, two, CAM, DESK]);
    await joined();
    const first = page.pc.track("default");
    page.pc.list([alias("b"), one, two, CAM, DESK]);
    await page.pass();
    expect([first.readyState, page.pc.track("default").readyState, of("microphone").state]).toEqual(["ended", "live", "on"]);
  });

  it("is left alone by whoever chose another", async () => {
    page.pc.list([alias("a"), one, two, CAM, DESK]);
    await page.pass();
    useDevices().choose("microphone", "mic-2");
    await joined();
    const mine = page.pc.track("mic-2");
    page.pc.list([alias("b"), one, two, CAM, DESK]);
    await page.pass();
    expect(mine.readyState).toBe("live");
  });
});

describe("The chosen loudspeaker", () => {
  beforeEach(async () => {
    page.pc.plug(OUT);
    await page.pass();
    useDevices().choose("speaker", "out-1");
  });

  it("that is gone gives way to the system's default, which is said, and takes over again", async () => {
    await joined();
    expect(session.speakerMissing).toBe(false);
    page.pc.unplug("out-1");
    page.pc.plug({ ...OUT, deviceId: "out-2", label: "音箱" });
    await page.pass();
    expect([session.speakerMissing, useDevices().speaker().id]).toEqual([true, ""]);
    page.pc.plug(OUT);
    await page.pass();
    expect([session.speakerMissing, useDevices().speaker().id]).toEqual([false, "out-1"]);
  });

  it("is known by its name under another id", async () => {
    page.pc.list([MIC, CAM, DESK, { ...OUT, deviceId: "out-9" }]);
    await joined();
    expect([session.speakerMissing, useDevices().speaker().id]).toEqual([false, "out-9"]);
  });
});

describe("Sharing the desktop", () => {
  it("by a double click opens one picker", async () => {
    await joined();
    let pickers = 0;
    const pick = page.pc.getDisplayMedia;
    page.pc.getDisplayMedia = () => {
      pickers += 1;
      return pick();
    };
    void session.setSource("desktop", true);
    void session.setSource("desktop", true);
    await page.pass();
    expect([pickers, open().filter((id) => id === "screen").length, session.floating]).toEqual([1, 1, true]);
    void session.setSource("desktop", true);
    await page.pass();
    expect(pickers).toBe(2);
  });
});
