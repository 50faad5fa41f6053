import { afterEach, describe, expect, it, vi } from "vitest";

import OfferCard from "@/components/call/OfferCard.vue";
import { reasonWords } from "@/components/call/reasons";

import { OFFER as props, show } from "../session/mount";

function press(key: string, target: EventTarget = document.body): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

describe("OfferCard", () => {
  let card: ReturnType<typeof show>;
  afterEach(() => card.unmount());

  it("says why me in words and leaves out a reason it does not know", () => {
    card = show(OfferCard, props, ["accept", "reject"]);
    expect(card.text()).toContain("这个事项的技能 4 级、本县、空闲最久（12 分钟）");
    expect(card.text()).not.toContain("unheard_of");
  });

  it("counts the waiting on from the server's figure, not from the PC's clock", () => {
    card = show(OfferCard, props, ["accept", "reject"]);
    expect(card.text()).toContain("00:35");
  });

  it("is accepted by Enter from anywhere", () => {
    card = show(OfferCard, props, ["accept", "reject"]);
    press("Enter");
    expect(card.emitted("accept")).toHaveLength(1);
  });

  it("is rejected by Escape only when it is pressed twice within 3 s: once closes lists and sheets", async () => {
    vi.useFakeTimers();
    card = show(OfferCard, props, ["accept", "reject"]);
    press("Escape");
    await vi.advanceTimersByTimeAsync(0);
    expect(card.emitted("reject")).toEqual([]);
    expect(card.text()).toContain("再按一次 Esc");
    await vi.advanceTimersByTimeAsync(3_100);
    expect(card.text()).not.toContain("再按一次 Esc");
    press("Escape");
    expect(card.emitted("reject")).toEqual([]);
    press("Escape");
    expect(card.emitted("reject")).toEqual([[""]]);
    vi.useRealTimers();
  });

  it("leaves the keys to somebody who is typing", () => {
    card = show(OfferCard, props, ["accept", "reject"]);
    const field = document.createElement("textarea");
    document.body.append(field);
    press("Enter", field);
    press("Escape", field);
    field.remove();
    expect(card.emitted("accept")).toEqual([]);
    expect(card.emitted("reject")).toEqual([]);
  });

  it("takes no second answer while the first is on its way", () => {
    card = show(OfferCard, { ...props, busy: true }, ["accept", "reject"]);
    press("Enter");
    expect(card.emitted("accept")).toEqual([]);
  });
});

it("splits a reason into its key and arguments", () => {
  const words = reasonWords(["skill|4|x"], { has: () => true, translate: (key, values) => `${key}:${values.join()}` });
  expect(words).toEqual(["session.why.skill:4,x"]);
});
