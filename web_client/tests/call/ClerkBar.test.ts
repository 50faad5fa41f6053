import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { reactive } from "vue";

import ClerkBar from "@/pages/clerk/ClerkBar.vue";

import { show } from "../session/mount";

const takeStill = vi.fn(() => Promise.resolve());

function bar(states: { document_camera: string; desktop: string }, obstacle: string | null = null, drill = false) {
  const sources = { document_camera: { state: states.document_camera }, desktop: { state: states.desktop } };
  const session = reactive({ sources, recording: "on", loudspeaker: { on: true, reason: null }, floating: false, takeStill, controlStand: { obstacle } });
  return show(ClerkBar, { session, drill, room: { devices: () => [], toggle: () => undefined } }, ["setup"]);
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

  it("says how to get the program where control waits for it alone", async () => {
    const shared = { document_camera: "on", desktop: "on" };
    for (const obstacle of [null, "no_share", "under_way"]) expect(() => bar(shared, obstacle).get("bar-helper")).toThrow();
    const shown = bar(shared, "no_helper");
    await shown.click("bar-helper");
    expect(shown.emitted("setup")).toHaveLength(1);
  });

  it("offers the practice PC in drills alone", () => {
    const states = { document_camera: "on", desktop: "off" };
    expect(() => bar(states).get("bar-practice")).toThrow();
    expect(bar(states, null, true).get("bar-practice")).toBeTruthy();
  });
});
