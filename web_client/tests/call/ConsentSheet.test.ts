import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import ConsentSheet from "@/components/call/ConsentSheet.vue";

import { show } from "../session/mount";

describe("ConsentSheet", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("passes on the answer and who gave it", async () => {
    const sheet = show(ConsentSheet, { textVersion: "2026-11" }, ["answer", "expired"]);
    await sheet.click("consent-by-guardian");
    await sheet.click("consent-agree");
    expect(sheet.emitted("answer")).toEqual([[true, "guardian"]]);
    sheet.unmount();
  });

  it("takes silence for a refusal and never for consent", () => {
    const sheet = show(ConsentSheet, { textVersion: "2026-11", seconds: 3 }, ["answer", "expired"]);
    vi.advanceTimersByTime(10_000);
    expect(sheet.emitted("expired")).toEqual([["self"]]);
    expect(sheet.emitted("answer")).toEqual([]);
    sheet.unmount();
  });

  it("stops counting when it is closed", () => {
    const sheet = show(ConsentSheet, { textVersion: "2026-11", seconds: 3 }, ["answer", "expired"]);
    sheet.unmount();
    vi.advanceTimersByTime(10_000);
    expect(sheet.emitted("expired")).toEqual([]);
  });
});

describe("ConsentSheet as a sheet", () => {
  it("keeps the keyboard inside and gives the focus back", () => {
    const button = document.createElement("button");
    document.body.append(button);
    button.focus();
    const sheet = show(ConsentSheet, { textVersion: "2026-11", likely: "agent" });
    expect(sheet.root.contains(document.activeElement)).toBe(true);
    expect(sheet.get("consent-by-agent").getAttribute("aria-pressed")).toBe("true");
    sheet.get("consent-cancel").focus();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", cancelable: true }));
    expect(document.activeElement).toBe(sheet.get("consent-by-self"));
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", shiftKey: true, cancelable: true }));
    expect(document.activeElement).toBe(sheet.get("consent-cancel"));
    sheet.unmount();
    expect(document.activeElement).toBe(button);
    button.remove();
  });
});
