import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("socket.io-client", async () => (await import("../support/fakeServer")).socketIo);

import { ServerError } from "@/protocol/errors";
import type { CallView } from "@/protocol/generated";
import { api } from "@/protocol/api";
import { signal } from "@/protocol/socket";
import { useCall } from "@/state/call";
import { callView } from "../session/mount";
import { openPage, type Page } from "../support/page";

let page: Page;
let calls: ReturnType<typeof useCall>;
/** Answers of GET /calls/<id>, given by the test when it likes. */
let details: { path: string; give(view: CallView): void; refuse(code: string): void }[];

beforeEach(async () => {
  page = openPage();
  details = [];
  vi.spyOn(api, "get").mockImplementation((path) => {
    return new Promise((resolve, reject) => {
      const refuse = (code: string) => reject(new ServerError(code, ""));
      details.push({ path, give: (call) => resolve({ call } as never), refuse });
    });
  });
  calls = useCall();
});
afterEach(() => {
  page.close();
});

const view = (change: Partial<CallView> = {}) => callView({ call_id: "c1", state: "connected", version: 1, ...change });
const changed = async (change: Partial<CallView>) => {
  page.server.emit("call.changed", view(change));
  await page.pass();
};

async function connected(callId: string | null = null): Promise<void> {
  page.server.connect(callId);
  await page.pass();
}

async function showing(change: Partial<CallView> = {}): Promise<void> {
  await connected("c1");
  details.shift()!.give(view(change));
  await page.pass();
  expect(calls.callId).toBe("c1");
}

describe("My call", () => {
  it("is what the newest version says, in whatever order versions arrive", async () => {
    await showing();
    await changed({ version: 4, state: "wrap_up" });
    await changed({ version: 3, state: "reconnecting" });
    expect(calls.call).toMatchObject({ version: 4, state: "wrap_up" });
  });

  it("is not set back by the answer to a command that an event overtook", async () => {
    await showing();
    page.server.answer("call.end", () => view({ version: 2, state: "wrap_up" }));
    const release = page.server.hold("call.end");
    const ending = calls.end();
    await page.pass();
    await changed({ version: 3, state: "closed" });
    release();
    await page.pass();
    await ending;
    expect(calls.call).toMatchObject({ version: 3, state: "closed" });
  });

  it("that was put aside does not come back with a late answer", async () => {
    await showing();
    page.server.answer("call.end", () => view({ version: 2, state: "wrap_up" }));
    const release = page.server.hold("call.end");
    void calls.end();
    await page.pass();
    calls.dismiss();
    release();
    await page.pass();
    expect(calls.call).toBeNull();
  });

  it("is not replaced by another while it runs, and is once it is closed", async () => {
    await showing();
    calls.take(view({ call_id: "c2" }));
    expect(calls.callId).toBe("c1");
    await changed({ version: 2, state: "closed" });
    calls.take(view({ call_id: "c2" }));
    expect(calls.callId).toBe("c2");
  });

  it("ignores news of other calls", async () => {
    await showing();
    await changed({ call_id: "c2", version: 9, state: "closed" });
    page.server.emit("call.waiting", { call_id: "c2", wait: { position: 1, tier: "department" } as never });
    await page.pass();
    expect([calls.callId, calls.call?.state, calls.wait]).toEqual(["c1", "connected", null]);
  });

  it("keeps a tick that an older answer knows nothing of", async () => {
    await showing({ version: 5 });
    page.server.emit("checklist.changed", { call_id: "c1", material: { name: "身份证", state: "have", note: "" } });
    await page.pass();
    page.server.answer("recording.pause", () => view({ version: 4, recording: "paused" }));
    void calls.pauseRecording("证件");
    await page.pass();
    expect(calls.call?.materials.find(({ name }) => name === "身份证")?.state).toBe("have");
  });
});

describe("A command", () => {
  it("that nobody answers ends after its time, and leaves the call as it was", async () => {
    await showing();
    page.server.refuse("call.cancel", null);
    const failed = calls.cancel().catch((error: unknown) => error);
    await page.pass(30_000);
    expect(await failed).toMatchObject({ code: "timeout" });
    expect(calls.call?.state).toBe("connected");
    expect(page.alive().timers).toBe(0);
  });

  it("that may be repeated is sent once more when the channel is back", async () => {
    await showing();
    page.server.answer("call.end", () => view({ version: 2, state: "wrap_up" }));
    page.server.loseAnswer("call.end");
    const ending = calls.end();
    await page.pass();
    page.server.connect("c1");
    await page.pass();
    await ending;
    expect(page.server.times("call.end")).toBe(2);
    expect(calls.call?.state).toBe("wrap_up");
  });

  it("that may be repeated is not sent in the name of whoever signs in next", async () => {
    await showing();
    const ending = calls.end().catch((error: unknown) => error);
    page.server.drop();
    await page.pass();
    signal.close();
    signal.open(async () => ({ token: "somebody else" }));
    page.server.connect();
    await page.pass(30_000);
    expect(await ending).toMatchObject({ code: "offline" });
    expect(page.server.times("call.end")).toBe(0);
  });

  it("on its way ends at once when somebody signs out", async () => {
    await showing();
    page.server.refuse("call.cancel", null);
    const failed = calls.cancel().catch((error: unknown) => error);
    await page.pass();
    signal.close();
    expect(await failed).toMatchObject({ code: "offline" });
    expect(page.alive().timers).toBe(0);
  });
});

describe("Coming back", () => {
  it("shows the call the server names", async () => {
    await connected("c1");
    expect([calls.known, details[0]?.path]).toEqual([false, "/calls/c1"]);
    details[0]!.give(view({ state: "waiting" }));
    await page.pass();
    expect([calls.known, calls.call?.state]).toEqual([true, "waiting"]);
  });

  it("asks for the call that is shown when the server names none", async () => {
    await showing();
    page.server.drop();
    await connected(null);
    details.shift()!.give(view({ version: 7, state: "closed" }));
    await page.pass();
    expect(calls.call).toMatchObject({ version: 7, state: "closed" });
  });

  it("puts aside a call that went on without this person", async () => {
    await showing();
    page.server.drop();
    await connected(null);
    details.shift()!.refuse("out_of_scope");
    await page.pass();
    expect([calls.call, calls.known]).toEqual([null, true]);
  });

  it("keeps the call when the network, not the server, refuses", async () => {
    await showing();
    page.server.drop();
    await connected(null);
    details.shift()!.refuse("unexpected");
    await page.pass();
    expect(calls.callId).toBe("c1");
  });

  it("does not replace the call that was begun while the answer was on its way", async () => {
    await showing({ state: "wrap_up" });
    page.server.drop();
    await connected(null);
    calls.dismiss();
    calls.take(view({ call_id: "c2" }));
    details.shift()!.give(view({ version: 9, state: "closed" }));
    await page.pass();
    expect(calls.callId).toBe("c2");
  });

  it("does not put aside the call that was begun while a refusal was on its way", async () => {
    await showing({ state: "wrap_up" });
    page.server.drop();
    await connected(null);
    calls.dismiss();
    calls.take(view({ call_id: "c2" }));
    details.shift()!.refuse("call_not_found");
    await page.pass();
    expect(calls.callId).toBe("c2");
  });

  it("shows nothing of one person's call to the next", async () => {
    await connected("c1");
    const mine = calls.loadMine();
    signal.close();
    details.shift()!.give(view());
    details.shift()!.give(view());
    await page.pass();
    await mine;
    expect([calls.call, calls.mine, calls.known]).toEqual([null, [], false]);
  });
});
