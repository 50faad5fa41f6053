import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("mediasoup-client", async (original) => (await import("../support/fakePeers")).overFakePeers(original));
vi.mock("socket.io-client", async () => (await import("../support/fakeServer")).socketIo);

import { useCall } from "@/state/call";
import { browser, useUpdate } from "@/state/update";
import { openPage, type Page } from "../support/page";

const OWN = "/assets/index-old.js";
let page: Page;
let update: ReturnType<typeof useUpdate>;
const reload = vi.fn();
const open = vi.fn();

beforeEach(async () => {
  const script = Object.assign(document.createElement("script"), { type: "module" });
  script.setAttribute("src", OWN);
  document.head.append(script);
  Object.assign(browser, { reload: reload.mockReset(), open: open.mockReset() });
  page = openPage();
  update = useUpdate();
  page.server.build = OWN;
  page.server.connect();
  await page.pass();
});
afterEach(() => {
  page.close();
  document.head.querySelectorAll("script").forEach((script) => script.remove());
});

/** The server is replaced by one with another build, and the page's channel comes back to it. */
async function upgrade(): Promise<void> {
  page.server.drop();
  page.server.build = "/assets/index-new.js";
  page.server.connect();
  await page.pass();
}

describe("A page that is older than its server", () => {
  it("says nothing as long as it is not, and loads itself anew once nobody has used it for a minute", async () => {
    await page.pass(120_000);
    expect([update.outdated, reload.mock.calls.length]).toEqual([false, 0]);
    dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
    await upgrade();
    expect(update.outdated).toBe(true);
    await page.pass(30_000);
    dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
    await page.pass(50_000);
    expect(reload).not.toHaveBeenCalled();
    await page.pass(20_000);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("finishes its session first", async () => {
    useCall().take(page.server.call);
    await upgrade();
    await page.pass(600_000);
    expect([update.engaged, reload.mock.calls.length]).toEqual([true, 0]);
    useCall().dismiss();
    await page.pass(61_000);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("goes to a page whose file is gone by loading it anew, but in no circle and in no session", () => {
    useCall().take(page.server.call);
    update.missing("/devices");
    expect([update.outdated, open.mock.calls.length]).toEqual([true, 0]);
    useCall().dismiss();
    update.missing("/devices");
    update.missing("/devices");
    expect(open.mock.calls).toEqual([["/devices"]]);
    update.opened();
    update.missing("/devices");
    expect(open).toHaveBeenCalledTimes(2);
  });
});
