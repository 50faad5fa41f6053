import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, shallowRef } from "vue";

import { useStillImages } from "@/components/session/stillImages";
import type { StillView } from "@/protocol/generated";

const still = (id: string, url: string) => ({ still_id: id, url }) as StillView;

describe("useStillImages", () => {
  const revoked: string[] = [];
  let made = 0;
  beforeEach(() => {
    made = 0;
    revoked.length = 0;
    URL.createObjectURL = () => `blob:${(made += 1)}`;
    URL.revokeObjectURL = (address) => void revoked.push(address);
  });
  afterEach(() => void vi.unstubAllGlobals());

  function answer(ok: boolean) {
    const fetched = vi.fn(() => Promise.resolve({ ok, status: ok ? 200 : 403, blob: () => Promise.resolve(new Blob()) }));
    vi.stubGlobal("fetch", fetched);
    return fetched;
  }

  it("keeps the bytes, so that an expired address does no harm", async () => {
    const fetched = answer(true);
    const scope = effectScope();
    const list = shallowRef([still("a", "/signed-1")]);
    const images = scope.run(() => useStillImages(() => list.value))!;
    expect(images.value[0]?.url).toBe("/signed-1");
    await vi.waitFor(() => expect(images.value[0]?.url).toBe("blob:1"));
    list.value = [still("a", "/signed-2"), still("b", "/signed-3")];
    await vi.waitFor(() => expect(images.value.map(({ url }) => url)).toEqual(["blob:1", "blob:2"]));
    expect(fetched).toHaveBeenCalledTimes(2);
    scope.stop();
    expect(revoked).toEqual(["blob:1", "blob:2"]);
  });

  it("asks again with a fresh address when the first failed", async () => {
    const refused = answer(false);
    const scope = effectScope();
    const list = shallowRef([still("a", "/old")]);
    const images = scope.run(() => useStillImages(() => list.value))!;
    await vi.waitFor(() => expect(refused).toHaveBeenCalledTimes(1));
    await Promise.resolve();
    answer(true);
    list.value = [still("a", "/new")];
    await vi.waitFor(() => expect(images.value[0]?.url).toBe("blob:1"));
    scope.stop();
  });
});
