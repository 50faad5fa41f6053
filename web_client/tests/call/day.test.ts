/** A counter's day: its figures, what is not settled yet, and what it knows of who is there. */
import { describe, expect, it } from "vitest";

import ClerkDay from "@/components/call/ClerkDay.vue";
import { dayOf } from "@/components/call/day";
import type { CallView, ItemHit } from "@/protocol/generated";

import { callView, ITEM, show } from "../session/mount";

const at = (minute: number) => `2026-11-22T09:${String(minute).padStart(2, "0")}:00Z`;
const call = (id: string, code: string, change: Partial<CallView>) =>
  callView({ call_id: id, item: { ...ITEM, code }, state: "closed", connected_at: null, ended_at: at(9), ...change });

const CALLS = [
  call("c5", "B", { end: "no_staff" }),
  call("c4", "A", { end: "completed", connected_at: at(2), ended_at: at(6) }),
  call("c3", "A", { end: "no_staff" }),
  call("c2", "B", { end: "abandoned" }),
  call("c1", "C", { end: "cancelled" }),
  call("c0", "D", { end: null, state: "connected", connected_at: at(1), ended_at: null }),
];
const HIT: ItemHit = { item: ITEM, score: 0, chance: 0, matched: [], near: "", taught: false, available: 2, department_name: "县医保局" };

describe("A counter's day", () => {
  it("counts who was reached, and keeps what nobody served later", () => {
    const day = dayOf(CALLS);
    expect([day.sessions, day.unserved, day.meanTalkS]).toEqual([2, 3, 240]);
    expect(day.unfinished.map(({ call_id }) => call_id)).toEqual(["c5"]);
    expect(dayOf([])).toEqual({ sessions: 0, unserved: 0, meanTalkS: null, unfinished: [] });
  });

  it("says how many are there, or that it does not know", () => {
    const props = { familiar: [HIT], general: null, calls: CALLS, kind: "ready" };
    const knows = show(ClerkDay, { ...props, known: true });
    expect(knows.get("day-reach-YB-003").textContent).toBe("现在可接通 2 人");
    knows.unmount();
    const lost = show(ClerkDay, { ...props, known: false });
    expect(lost.get("day-reach-YB-003").textContent).not.toContain("2");
    expect(lost.text()).toContain("暂时不知道有谁在线");
    lost.unmount();
  });

  it("takes an item, or what nobody served, up again", async () => {
    const shown = show(ClerkDay, { familiar: [HIT], general: null, calls: CALLS, kind: "ready", known: true }, ["choose", "again"]);
    await shown.click("day-item-YB-003");
    await shown.click("day-again");
    expect([shown.emitted("choose"), shown.emitted("again")]).toEqual([[[HIT]], [[CALLS[0]]]]);
    shown.unmount();
  });
});
