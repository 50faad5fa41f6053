import { describe, expect, it } from "vitest";

import { wrapUpDraft, wrapUpResult } from "@/components/call/wrapUp";
import WrapUpForm from "@/components/call/WrapUpForm.vue";

import { callView, fill, ITEM, show } from "../session/mount";

describe("wrap-up", () => {
  it("starts from the item asked for and what the counter marked missing", () => {
    expect(wrapUpDraft(callView())).toMatchObject({ kind: null, itemCodes: ["YB-003"], missing: ["发票"] });
  });

  it("has no result before an outcome is chosen", () => {
    expect(wrapUpResult(wrapUpDraft(callView()))).toBeNull();
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
