/** The wrap-up form as values: what it starts with, and the result it makes. */

import type { CallDraft, CallResult, CallView, ResultKind } from "@/protocol/generated";

export interface WrapUpDraft {
  kind: ResultKind | null;
  itemCodes: string[];
  caseNumber: string;
  missing: string[];
  noticeText: string;
  note: string;
}

export type WrapUpResult = Omit<CallResult, "call_id">;
export type WrittenSoFar = Omit<CallDraft, "call_id">;

/** Start from what was written before, else from what the session knows: its item, what was missing at the counter. */
export function wrapUpDraft(call: CallView): WrapUpDraft {
  const written = call.draft ?? call.result;
  if (written)
    return {
      kind: written.kind,
      itemCodes: written.item_codes.length ? [...written.item_codes] : [call.item.code],
      caseNumber: written.external_case_number ?? "",
      missing: [...written.missing_materials],
      noticeText: written.notice_text,
      note: written.note,
    };
  return {
    kind: call.materials.some((material) => material.state === "missing") ? "materials_missing" : null,
    itemCodes: [call.item.code],
    caseNumber: "",
    missing: call.materials.filter((material) => material.state === "missing").map((material) => material.name),
    noticeText: "",
    note: "",
  };
}

/** Return what is to be kept of a form that is still being written. */
export function writtenSoFar(draft: WrapUpDraft): WrittenSoFar {
  return {
    kind: draft.kind,
    item_codes: [...new Set(draft.itemCodes)],
    external_case_number: draft.caseNumber.trim() || null,
    missing_materials: draft.missing,
    note: draft.note,
    notice_text: draft.noticeText,
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
