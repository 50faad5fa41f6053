import { afterEach, describe, expect, it } from "vitest";

import NoStaffPanel from "@/components/call/NoStaffPanel.vue";
import WaitingPanel from "@/components/call/WaitingPanel.vue";

import { callView, show } from "../session/mount";

const LOST = "专家的连接断了";

describe("A call that lost its specialist", () => {
  let panel: ReturnType<typeof show>;
  afterEach(() => panel.unmount());

  function waiting(requeued: boolean): string {
    const call = callView({ state: "waiting", requeued, specialist_name: null });
    panel = show(WaitingPanel, { call, wait: null, now: Date.parse("2026-11-22T09:10:00Z"), busy: false });
    return panel.text();
  }

  it("waits again and says why, with the time waited so far", () => {
    const words = waiting(true);
    expect(words).toContain(LOST);
    expect(words).toContain("10:00");
  });

  it("says nothing of it while nobody was lost", () => {
    expect(waiting(false)).not.toContain(LOST);
  });

  it("says so too when nobody else answers", () => {
    const call = callView({ state: "closed", end: "no_staff" });
    panel = show(NoStaffPanel, { call, busy: false, left: false, failed: "" });
    expect(panel.get("no-staff-lost").textContent).toContain(LOST);
  });
});
