import { nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("socket.io-client", async () => (await import("../support/fakeServer")).socketIo);

import FloatingWindow from "@/components/floating/FloatingWindow.vue";
import { useSession } from "@/state/session";
import { openPage, type Page } from "../support/page";
import { show, type Shown } from "./mount";

class SmallWindow extends EventTarget {
  readonly document = document.implementation.createHTMLDocument();
  closed = false;

  close(): void {
    this.closed = true;
    this.dispatchEvent(new Event("pagehide"));
  }
}

let page: Page;
let mounted: Shown;
let windows: SmallWindow[];
/** What lets the browser open each window that was asked for, in order. */
let opening: (() => void)[];

beforeEach(() => {
  page = openPage();
  [windows, opening] = [[], []];
  const requestWindow = () =>
    new Promise((resolve) => {
      opening.push(() => {
        const small = new SmallWindow();
        windows.push(small);
        resolve(small);
      });
    });
  vi.stubGlobal("documentPictureInPicture", { requestWindow });
  mounted = show(FloatingWindow, {});
});
afterEach(() => {
  mounted.unmount();
  page.close();
});

describe("The small window", () => {
  it("opens with the session's wish and closes with it", async () => {
    const session = useSession();
    session.openFloating();
    opening[0]!();
    await page.pass();
    expect(windows.map(({ closed }) => closed)).toEqual([false]);
    session.closeFloating();
    expect(windows.map(({ closed }) => closed)).toEqual([true]);
  });

  it("that opens after it was closed again closes at once, and leaves the next one open", async () => {
    const session = useSession();
    session.openFloating();
    session.closeFloating();
    session.openFloating();
    opening[1]!();
    await page.pass();
    opening[0]!();
    await page.pass();
    await nextTick();
    expect(windows.map(({ closed }) => closed)).toEqual([false, true]);
    expect(session.floating).toBe(true);
  });
});
