import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { reactive } from "vue";

import ClerkBar from "@/pages/clerk/ClerkBar.vue";

import { show } from "../session/mount";

const takeStill = vi.fn(() => Promise.resolve());

function bar(states: { document_camera: string; desktop: string }) {
  const sources = { document_camera: { state: states.document_camera }, desktop: { state: states.desktop } };
  const session = reactive({ sources, recording: "on", loudspeaker: { on: true, reason: null }, floating: false, takeStill });
  return show(ClerkBar, { session, room: { devices: () => [], toggle: () => undefined } });
}

describe("ClerkBar", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("offers no photograph without a document camera", () => {
    expect(bar({ document_camera: "off", desktop: "off" }).get("bar-still").hasAttribute("disabled")).toBe(true);
  });

  it("photographs what the document camera sees", async () => {
    await bar({ document_camera: "on", desktop: "off" }).click("bar-still");
    expect(takeStill).toHaveBeenCalledOnce();
  });

  it("offers the small window only while the desktop is shared", () => {
    expect(() => bar({ document_camera: "on", desktop: "off" }).get("bar-floating")).toThrow();
    expect(bar({ document_camera: "on", desktop: "on" }).get("bar-floating").ariaPressed ?? "false").toBe("false");
  });
});
