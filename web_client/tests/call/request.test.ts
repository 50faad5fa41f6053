import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { computed, effectScope, nextTick, ref } from "vue";
import { useRequest } from "@/pages/clerk/request";
import type { CallRequest, CallView, ItemView } from "@/protocol/generated";
import { useCall } from "@/state/call";

const ITEM = { code: "YB-003", name: "医疗费用手工(零星)报销", materials: [], languages: ["普通话"] } as unknown as ItemView;
const MINUTE_MS = 60_000;

describe("useRequest", () => {
  const words = ref("");
  const asked = vi.fn((_: CallRequest) => Promise.resolve({} as CallView));

  function open(): ReturnType<typeof useRequest> {
    return effectScope(true).run(() => useRequest(computed(() => ITEM), words))!;
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

  it("forgets the answer with the citizen's words", async () => {
    const request = open();
    await request.answer(true, "self", "");
    words.value = "";
    await nextTick();
    expect(request.consent.value).toBeNull();
  });
});
