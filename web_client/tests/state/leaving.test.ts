import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../support/fakeServer")).socketIo);
const confirm = vi.hoisted(() => vi.fn());
vi.mock("element-plus", () => ({ ElMessageBox: { confirm } }));

import { guardClosing, mayLeave, stepOut } from "@/state/leaving";
import { useSession } from "@/state/session";
import { openPage, type Page } from "../support/page";

let page: Page;

beforeEach(async () => {
  confirm.mockReset();
  page = openPage();
  useSession();
  page.server.connect();
  await page.pass();
});
afterEach(() => page.close());

async function joined(): Promise<void> {
  useSession().join("c1");
  await page.pass();
  expect(useSession().phase).toBe("live");
}

describe("Leaving", () => {
  it("is not asked outside a session", async () => {
    await expect(mayLeave("left")).resolves.toBe(true);
    expect(confirm).not.toHaveBeenCalled();
  });

  it.each([
    [true, "left"],
    [false, "signed_out"],
  ] as const)("in mid-session is asked first, and %s is the answer", async (answer, way) => {
    await joined();
    if (answer) confirm.mockResolvedValue("confirm");
    else confirm.mockRejectedValue("cancel");
    await expect(mayLeave(way)).resolves.toBe(answer);
    expect(confirm).toHaveBeenCalledTimes(1);
  });

  it.each(["left", "signed_out"] as const)("is told to the others as %s", async (way) => {
    await joined();
    await Promise.all([stepOut(way), page.pass()]);
    expect(page.server.last("call.step_out")).toEqual({ call_id: "c1", away: way });
    expect(useSession().phase).toBe("idle");
  });

  it("is not undone by news of the call before the page is gone", async () => {
    await joined();
    await Promise.all([stepOut("signed_out"), page.pass()]);
    useSession().join("c1");
    await page.pass();
    expect(useSession().phase).toBe("idle");
    useSession().leave(); // as the console does when it is taken down
    await joined();
  });

  it("by closing the tab is asked by the browser in mid-session, and told", async () => {
    guardClosing();
    const calm = new Event("beforeunload", { cancelable: true });
    dispatchEvent(calm);
    expect(calm.defaultPrevented).toBe(false);
    await joined();
    const asked = new Event("beforeunload", { cancelable: true });
    dispatchEvent(asked);
    expect(asked.defaultPrevented).toBe(true);
    dispatchEvent(new Event("pagehide"));
    await page.pass();
    expect(page.server.last("call.step_out")).toEqual({ call_id: "c1", away: "left" });
  });
});
