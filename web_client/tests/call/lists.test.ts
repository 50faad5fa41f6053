import { describe, expect, it } from "vitest";

import { applicantTroubles } from "@/components/call/applicant";
import { isPhone } from "@/components/common/phone";
import { waitingByItem } from "@/components/call/waiting";
import type { QueueRow } from "@/protocol/generated";

function row(change: Partial<QueueRow>): QueueRow {
  return { call_id: "c", item_name: "A", point_name: "甲", requested_at: "2026-11-22T09:00:00Z", ...change } as QueueRow;
}

describe("waitingByItem", () => {
  it("gathers by item, the longest waiting first", () => {
    const groups = waitingByItem([
      row({ item_name: "B", requested_at: "2026-11-22T09:00:30Z" }),
      row({ point_name: "乙", requested_at: "2026-11-22T09:01:00Z" }),
      row({ requested_at: "2026-11-22T09:00:00Z" }),
    ]);
    expect(groups).toEqual([
      { itemName: "A", count: 2, points: ["乙", "甲"], oldest: "2026-11-22T09:00:00Z" },
      { itemName: "B", count: 1, points: ["甲"], oldest: "2026-11-22T09:00:30Z" },
    ]);
  });
});

describe("applicantTroubles", () => {
  it("has nothing against empty fields", () => {
    expect(applicantTroubles({})).toEqual({ phone: false, idNumber: false });
  });

  it("names a wrong phone and a wrong identity number", () => {
    expect(applicantTroubles({ phone: "12a", id_number: "123" })).toEqual({ phone: true, idNumber: true });
    expect(applicantTroubles({ phone: "0886-351 1234", id_number: "533324199001011233" })).toEqual({ phone: false, idNumber: false });
  });

  it.each([
    ["533324199001011234", "resident", true],
    ["533324199013011233", "resident", true],
    ["533324900101123", "resident", false],
    ["533324901301123", "resident", true],
    ["E12345678", "resident", true],
    ["E12345678", "other", false],
    ["E1", "other", true],
  ] as const)("tells a number of a document that cannot be: %s as %s", (id_number, id_kind, wrong) => {
    expect(applicantTroubles({ id_number, id_kind }).idNumber).toBe(wrong);
  });

  it("knows a phone", () => {
    expect(isPhone("+86 138")).toBe(true);
    expect(isPhone("1")).toBe(false);
  });
});
