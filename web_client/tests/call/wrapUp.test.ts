import { describe, expect, it, vi } from "vitest";

import { wrapUpDraft, wrapUpResult } from "@/components/call/wrapUp";
import WrapUpForm from "@/components/call/WrapUpForm.vue";

import { callView, fill, ITEM, show } from "../session/mount";

describe("wrap-up", () => {
  it("starts from the item asked for and what the counter marked missing", () => {
    expect(wrapUpDraft(callView())).toMatchObject({ kind: "materials_missing", itemCodes: ["YB-003"], missing: ["发票"] });
    expect(wrapUpDraft(callView({ materials: [] })).kind).toBeNull();
  });

  it("goes on from what was written before, and amends what was stored", () => {
    const written = { kind: null, item_codes: ["YB-004"], external_case_number: "5333", missing_materials: ["身份证"], note: "写了一半", notice_text: "" };
    const draft = { ...written, saved_at: "2026-11-22T09:10:00Z" };
    expect(wrapUpDraft(callView({ draft }))).toMatchObject({ itemCodes: ["YB-004"], caseNumber: "5333", note: "写了一半" });
    const result = { ...written, kind: "guided" as const, stored_at: "2026-11-22T09:11:00Z" };
    expect(wrapUpDraft(callView({ state: "closed", result }))).toMatchObject({ kind: "guided", missing: ["身份证"] });
  });

  it("has no result before an outcome is chosen", () => {
    expect(wrapUpResult(wrapUpDraft(callView({ materials: [] })))).toBeNull();
  });

  it("hands over what is written while it is written, and at once when it is left", async () => {
    vi.useFakeTimers();
    const props = { call: callView({ materials: [] }), items: [ITEM], now: 0, busy: false, failed: "" };
    const form = show(WrapUpForm, props, ["written"]);
    await fill(form.get("wrapup-note"), "医院");
    await fill(form.get("wrapup-note"), "医院盖章");
    expect(form.emitted("written")).toHaveLength(0);
    vi.advanceTimersByTime(2000);
    expect(form.emitted("written")).toEqual([[expect.objectContaining({ kind: null, note: "医院盖章", item_codes: ["YB-003"] })]]);
    await fill(form.get("wrapup-note"), "医院盖章，下周来");
    form.unmount();
    expect(form.emitted("written")).toHaveLength(2);
    vi.useRealTimers();
  });

  it("names each item once and an empty case number not at all", () => {
    const draft = { ...wrapUpDraft(callView()), kind: "guided" as const, itemCodes: ["A", "B", "A"], caseNumber: "  " };
    expect(wrapUpResult(draft)).toMatchObject({ kind: "guided", item_codes: ["A", "B"], external_case_number: null });
  });

  it("submits what was filled in, outcome by key", async () => {
    const other = { ...ITEM, code: "YB-004", name: "异地就医备案" };
    const props = { call: callView(), items: [ITEM, other], now: 0, busy: false, failed: "" };
    const form = show(WrapUpForm, props, ["submit"]);
    form.get("wrapup-form").dispatchEvent(new KeyboardEvent("keydown", { key: "4", bubbles: true }));
    await fill(form.get("wrapup-item"), "YB-004");
    await fill(form.get("wrapup-case-number"), "533324-1");
    await form.click("wrapup-submit");
    expect(form.emitted("submit")[0]).toEqual([
      expect.objectContaining({
        kind: "materials_missing",
        item_codes: ["YB-004"],
        external_case_number: "533324-1",
        missing_materials: ["发票"],
      }),
    ]);
    form.unmount();
  });
});
