/** The wrap-up form as values: what it starts with, and the result it makes. */

import type { CallResult, CallView, ResultKind } from "@/protocol/generated";

export interface WrapUpDraft {
  kind: ResultKind | null;
  itemCodes: string[];
  caseNumber: string;
  missing: string[];
  noticeText: string;
  note: string;
}

export type WrapUpResult = Omit<CallResult, "call_id">;

/** Start from what the session already knows: the item asked for and the materials marked missing at the counter. */
export function wrapUpDraft(call: CallView): WrapUpDraft {
  return {
    kind: null,
    itemCodes: [call.item.code],
    caseNumber: "",
    missing: call.materials.filter((material) => material.state === "missing").map((material) => material.name),
    noticeText: "",
    note: "",
  };
}

/** Return the result to store, or null while no outcome is chosen; an item named twice counts once. */
export function wrapUpResult(draft: WrapUpDraft): WrapUpResult | null {
  if (!draft.kind || !draft.itemCodes.length) return null;
  return {
    kind: draft.kind,
    item_codes: [...new Set(draft.itemCodes)],
    external_case_number: draft.caseNumber.trim() || null,
    missing_materials: draft.missing,
    note: draft.note.trim(),
    notice_text: draft.noticeText.trim(),
    keep_wrap_up: false,
  };
}
