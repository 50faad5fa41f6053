import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../../support/fakeServer")).socketIo);

import type { ControlStandView, ControlView } from "@/protocol/generated";
import { useSession } from "@/state/session";
import { Controlling } from "@/state/session/controlling";
import { useAuth } from "@/state/auth";
import { ME, OTHER } from "../../support/fakeServer";
import { FakeSocket } from "../../support/fakeSocket";
import { openPage, type Page } from "../../support/page";

const granted = (change: Partial<ControlView> = {}) => ({ control_id: "k1", state: "granted", ...change }) as ControlView;

describe("Controlling", () => {
  let token: string | null;
  let hold: Controlling;
  let socket: FakeSocket;
  const key = () => hold.hand.keyDown({ code: "KeyA", key: "a", repeat: false }, () => true);

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    FakeSocket.last = null;
    token = "T";
    hold = new Controlling(() => "c1", async () => token);
    hold.follow(granted());
    await vi.advanceTimersByTimeAsync(0);
    socket = FakeSocket.last!;
    socket?.onopen?.();
  });
  afterEach(() => {
    hold.follow(null);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("dials the page's own server, and is open once there is a grant", () => {
    expect([socket.url, hold.phase.value]).toEqual(["ws://localhost:3000/control", "connecting"]);
    socket.grant("k1-1", ["keyboard"]);
    expect([hold.phase.value, hold.obeys.value]).toEqual(["open", true]);
  });

  it("dials once for a control that is paused and goes on", async () => {
    hold.follow(granted({ state: "paused" }));
    hold.follow(granted());
    await vi.advanceTimersByTimeAsync(0);
    expect([FakeSocket.last === socket, socket.closed]).toEqual([true, false]);
  });

  it("hangs up when the control is over, and keeps nothing of it", () => {
    socket.grant("k1-1", ["clipboard"]);
    socket.hear({ t: "cr", g: "k1-1", text: "身份证号" });
    expect(hold.clipboard.value).toBe("身份证号");
    hold.follow(granted({ state: "ended" }));
    expect([socket.closed, hold.phase.value, hold.clipboard.value]).toEqual([true, "off", null]);
  });

  it("says that the control is over when the line is lost, and does not come back", async () => {
    socket.grant("k1-1", ["keyboard"]);
    socket.onclose?.();
    await vi.advanceTimersByTimeAsync(30_000);
    expect([hold.phase.value, FakeSocket.last === socket]).toEqual(["over", true]);
  });

  it("does not dial for somebody who is signed out, nor for what ended meanwhile", async () => {
    token = null;
    hold.follow(granted({ control_id: "k2" }));
    await vi.advanceTimersByTimeAsync(0);
    expect([hold.phase.value, FakeSocket.last === socket]).toEqual(["over", true]);
    token = "T";
    hold.follow(granted({ control_id: "k3" }));
    hold.follow(null);
    await vi.advanceTimersByTimeAsync(0);
    expect([hold.phase.value, FakeSocket.last === socket]).toEqual(["off", true]);
  });

  it("sends no key in a pause and none that was held before it afterwards; pointing goes on beside local input", () => {
    socket.grant("k1-1", ["keyboard", "draw"]);
    key();
    socket.hear({ t: "st", grant: "k1-1", state: "paused_local", reason: "local_input" });
    key();
    hold.hand.keyUp({ code: "KeyA" });
    hold.hand.beginLine([0, 0]);
    hold.hand.wipe();
    expect(socket.types()).toEqual(["in", "kd", "dc"]);
    socket.hear({ t: "st", grant: "k1-1", state: "locked", reason: "desktop_locked" });
    hold.hand.wipe();
    expect(socket.types()).toHaveLength(3);
  });

  it("holds no key over the border of two grants", () => {
    socket.grant("k1-1", ["keyboard"]);
    key();
    socket.grant("k1-2", ["keyboard"]);
    hold.hand.keyUp({ code: "KeyA" });
    expect(socket.types()).toEqual(["in", "kd"]);
  });

  it("places the pointer in the newest geometry", () => {
    socket.grant("k1-1", ["pointer"]);
    hold.hand.press(0, [0.5, 0.5]);
    socket.hear({ t: "geo", rev: 9, monitors: [] });
    hold.hand.release(0, [0.5, 0.5]);
    expect(socket.sent.filter(({ t }) => t[0] === "p").map(({ rev }) => rev)).toEqual([3, 9]);
  });

  it("types a long text piece by piece, each as soon as the one before is there", () => {
    socket.grant("k1-1", ["text"]);
    hold.type("好".repeat(2_001), "ctrl_v");
    const [piece, beat] = socket.sent.slice(-2);
    expect([piece!.t, beat!.t]).toEqual(["tx", "hb"]);
    socket.hear({ t: "ack", g: "k1-1", last: beat!.s, held: 0, state: "granted" });
    expect([hold.progress.value, socket.types()]).toEqual([{ done: 2_000, whole: 2_001, state: "typing" }, ["in", "tx", "tx"]]);
    socket.hear({ t: "er", number: socket.sent.at(-2)!.s, code: "paused" });
    expect(hold.progress.value).toEqual({ done: 2_000, whole: 2_001, state: "refused" });
  });
});

describe("A session", () => {
  let page: Page;

  const stand = (participant: string) => ({ control: granted({ participant_id: participant }), obstacle: "under_way" }) as ControlStandView;
  const dialled = () => FakeSocket.last !== null && !FakeSocket.last.closed;

  beforeEach(async () => {
    page = openPage();
    vi.stubGlobal("WebSocket", FakeSocket);
    FakeSocket.last = null;
    vi.spyOn(useAuth(), "freshToken").mockResolvedValue("T");
    useSession();
    page.server.connect();
    await page.pass();
  });
  afterEach(() => page.close());

  it.each([
    ["me", ME.participant_id, true],
    ["somebody else", OTHER.participant_id, false],
  ])("holds what was granted to %s: %s", async (_who, participant, holds) => {
    page.server.answer("control.stand", () => stand(participant));
    useSession().join("c1");
    await page.pass(3_000);
    expect(dialled()).toBe(holds);
  });

  it("lets go once another window of mine has the seat, and when it is left", async () => {
    page.server.answer("control.stand", () => stand(ME.participant_id));
    const session = useSession();
    session.join("c1");
    await page.pass(3_000);
    page.server.takeOver();
    await page.pass();
    expect([session.phase, dialled()]).toEqual(["superseded", false]);
    session.takeBack();
    await page.pass(3_000);
    expect(dialled()).toBe(true);
    session.leave();
    await page.pass();
    expect(dialled()).toBe(false);
  });
});
