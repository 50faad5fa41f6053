import { describe, expect, it } from "vitest";

import EndedPanel from "@/components/call/EndedPanel.vue";

import { callView, show } from "../session/mount";

describe("what the counter reads when it is over", () => {
  it("asks for a rating of a session that was held", () => {
    const panel = show(EndedPanel, { call: callView({ state: "closed", end: "completed" }), padPaired: true }, []);
    expect(panel.get("rating-status")).toBeTruthy();
    panel.unmount();
  });

  it("names who answered a session cancelled after it lost them, and asks for no rating", () => {
    const panel = show(EndedPanel, { call: callView({ state: "closed", end: "cancelled" }), padPaired: true }, []);
    expect(panel.get("ended-cut-off").textContent).toContain("李明");
    expect(panel.root.querySelector('[data-testid="rating-status"]')).toBeNull();
    expect(panel.get("ended-panel").querySelector(".served")).toBeNull();
    expect(panel.get("ended-again")).toBeTruthy();
    panel.unmount();
  });
});
