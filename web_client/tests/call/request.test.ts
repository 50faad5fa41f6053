import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { computed, effectScope, nextTick, ref } from "vue";
import { useRequest } from "@/pages/clerk/request";
import { ServerError } from "@/protocol/errors";
import type { CallRequest, CallView, ClientConfig, ItemView } from "@/protocol/generated";
import { useCall } from "@/state/call";
import { useConfig } from "@/state/config";

import { callView } from "../session/mount";

const ITEM = { code: "YB-003", name: "医疗费用手工(零星)报销", materials: [], languages: ["普通话"] } as unknown as ItemView;
const MINUTE_MS = 60_000;

describe("useRequest", () => {
  const words = ref("");
  const asked = vi.fn((_: CallRequest) => Promise.resolve({} as CallView));

  function open(): ReturnType<typeof useRequest> {
    return effectScope(true).run(() => useRequest(computed(() => ITEM), words, () => ["独龙语"]))!;
  }

  beforeEach(() => {
    vi.useFakeTimers();
    setActivePinia(createPinia());
    words.value = "爹在昆明住院";
    asked.mockClear();
    vi.spyOn(useCall(), "request").mockImplementation((body) => asked(body));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("starts a call with the answer just given", async () => {
    const request = open();
    await request.answer(true, "self", "");
    await request.start("");
    expect(asked).toHaveBeenCalledOnce();
  });

  it("asks again when the answer is old: the next citizen may want the same item", async () => {
    const request = open();
    await request.answer(true, "self", "");
    vi.advanceTimersByTime(6 * MINUTE_MS);
    await request.start("");
    expect(asked).not.toHaveBeenCalled();
    expect(request.asking.value).toBe(true);
  });

  it("takes up a call that brought no help with everything that was noted", async () => {
    const applicant = { name: "李四", phone: "13900000001", id_number_masked: "533***0011", relation: "agent" as const, acting_for: "李大" };
    useConfig().config = { notice_version: "1" } as ClientConfig;
    const request = open();
    request.takeUp(callView({ applicant, language: "独龙语", priority: 80 }));
    await request.start("");
    expect(asked).toHaveBeenCalledWith(
      expect.objectContaining({
        again_of: "c1",
        language: "独龙语",
        priority: 80,
        applicant: { name: "李四", phone: "13900000001", id_number: null, relation: "agent", acting_for: "李大" },
        consent: { agreed: true, by: "self", text_version: "1" },
      }),
    );
    request.clear();
    await request.answer(true, "self", "");
    await request.start("");
    expect(asked).toHaveBeenLastCalledWith(expect.objectContaining({ again_of: null }));
  });

  it("asks anew when the call before is too long ago", async () => {
    useConfig().config = { notice_version: "1" } as ClientConfig;
    asked.mockRejectedValueOnce(new ServerError("again_too_late", "太久"));
    const request = open();
    request.takeUp(callView());
    await request.start("");
    expect(request.consent.value).toBeNull();
    await request.start("");
    expect(request.asking.value).toBe(true);
  });

  it("forgets the answer with the citizen's words", async () => {
    const request = open();
    await request.answer(true, "self", "");
    words.value = "";
    await nextTick();
    expect(request.consent.value).toBeNull();
  });

  it("offers what people speak here beside the item's own languages", () => {
    const request = open();
    expect(request.languages.value).toEqual(["普通话", "独龙语"]);
  });
});
