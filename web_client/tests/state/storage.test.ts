import { describe, expect, it } from "vitest";

import { memoryIn } from "@/state/storage";

function refusing(): Storage {
  throw new DOMException("The operation is insecure.", "SecurityError");
}

function full(): Storage {
  const kept = new Map([["old", "1"]]);
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
}

describe("what a page remembers", () => {
  it("lasts as long as the page where the browser refuses its storage", () => {
    const memory = memoryIn(refusing);
    expect(memory.read("language")).toBeNull();
    memory.write("language", "en");
    expect(memory.read("language")).toBe("en");
    memory.forget("language");
    expect(memory.read("language")).toBeNull();
  });

  it("is the newest word where the storage is full", () => {
    const storage = full();
    const memory = memoryIn(() => storage);
    memory.write("old", "2");
    expect(memory.read("old")).toBe("2");
    memory.forget("old");
    expect(memory.read("old")).toBeNull();
  });

  it("is nothing where something else wrote there", () => {
    localStorage.setItem("spoilt", "{half");
    const memory = memoryIn(() => localStorage);
    expect(memory.recall("spoilt")).toBeNull();
    memory.write("spoilt", JSON.stringify({ whole: true }));
    expect(memory.recall("spoilt")).toEqual({ whole: true });
    localStorage.removeItem("spoilt");
  });
});
