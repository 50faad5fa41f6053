/** The search box: why a result is here, the one question when unsure, the general desk, and the empty box. */
import { afterEach, describe, expect, it } from "vitest";

import ItemSearch from "@/components/call/ItemSearch.vue";
import type { ItemHit } from "@/protocol/generated";
import { ITEM, show, type Shown } from "../session/mount";

const EVENTS = ["choose", "pick", "update:query"];

function hit(code: string, change: Partial<ItemHit> = {}): ItemHit {
  return {
    item: { ...ITEM, code, name: `事项 ${code}` }, score: 1, chance: 0.5, matched: [], near: "", taught: false, available: 2,
    department_name: "县医保局", ...change,
  };
}

const GENERAL = hit("general", { available: 0 });
const QUESTION = {
  aspect: "department" as const,
  options: [
    { label: "县民政局", codes: ["A"] },
    { label: "县医保局", codes: ["B"] },
  ],
};

let shown: Shown | null = null;

function box(props: object): Shown {
  shown = show(ItemSearch, { query: "", hits: [], kind: "ready", ...props }, EVENTS);
  return shown;
}

function press(on: Shown, key: string, told: object = {}): void {
  on.get("item-search-input").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...told }));
}

afterEach(() => shown?.unmount());

describe("The search box", () => {
  it.each([
    [{ matched: ["住院", "发票"] }, "对上：住院、发票"],
    [{ near: "去昆明看病要不要备案？" }, "意思相近：去昆明看病要不要备案？"],
    [{ matched: ["住院"], taught: true }, "以前这样说，办的就是它"],
  ])("says why a result is here", (change, words) => {
    expect(box({ query: "住院", hits: [hit("A", change)] }).get("hit-why").textContent).toBe(words);
  });

  it("asks the question when unsure, and tells which answer was picked", async () => {
    const on = box({ query: "补助", hits: [hit("A"), hit("B")], question: QUESTION, picked: QUESTION.options[1]!.codes });
    expect(on.get("search-question").textContent).toContain("是哪个部门的事？");
    const options = [...on.root.querySelectorAll<HTMLElement>("[data-testid=search-option]")];
    expect(options.map((option) => option.getAttribute("aria-pressed"))).toEqual(["false", "true"]);
    options[0]!.click();
    expect(on.emitted("pick")).toEqual([[["A"]]]);
  });

  it("asks nothing when sure", () => {
    expect(box({ query: "补助", hits: [hit("A")] }).root.querySelector("[data-testid=search-question]")).toBeNull();
  });

  it.each([
    ["with results", { query: "补助", hits: [hit("A")] }],
    ["with none", { query: "补助", kind: "empty" }],
    ["while empty", { query: "" }],
    ["after a failure", { query: "补助", kind: "error" }],
  ])("leads to the general desk %s", async (_, props) => {
    const on = box({ ...props, general: GENERAL });
    await on.click("general-desk");
    expect(on.emitted("choose")).toEqual([[GENERAL]]);
  });

  it("offers what this counter asks for most while empty, by keys too", () => {
    const on = box({ familiar: [hit("A"), hit("B")] });
    expect(on.text()).toContain("我常办的");
    press(on, "ArrowDown");
    return Promise.resolve().then(() => {
      press(on, "Enter", { isComposing: true });
      expect(on.emitted("choose")).toEqual([]);
      press(on, "Enter");
      expect((on.emitted("choose")[0]![0] as ItemHit).item.code).toBe("B");
    });
  });
});
