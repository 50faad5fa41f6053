import { describe, expect, it } from "vitest";
import { follow, type Happening, type Phase } from "@/state/session/phases";

const PHASES: readonly Phase[] = ["idle", "joining", "live", "reconnecting", "superseded", "failed"];
const HAPPENINGS: readonly Happening[] = [
  "join", "take_back", "leave", "channel_lost", "welcomed", "entered", "refused", "failed", "over", "retry_due",
  "media_lost", "media_lost_again", "superseded",
];
const every = PHASES.flatMap((phase) => HAPPENINGS.map((happening) => ({ phase, happening, step: follow(phase, happening) })));

describe("follow", () => {
  it("always lets a session be left", () => {
    for (const phase of PHASES) expect(follow(phase, "leave")).toEqual({ phase: "idle", effects: ["end"] });
  });

  it("leaves a superseded page alone until it asks for the session back", () => {
    const moving = HAPPENINGS.filter((happening) => follow("superseded", happening));
    expect(moving).toEqual(["take_back", "leave"]);
  });

  it("enters only where a phase shows that it does", () => {
    const entering = every.filter(({ step }) => step?.effects.includes("enter"));
    expect(new Set(entering.map(({ step }) => step!.phase))).toEqual(new Set(["joining", "reconnecting"]));
  });

  it("is live only once it has entered", () => {
    const live = every.filter(({ step }) => step?.phase === "live").map(({ happening }) => happening);
    expect(new Set(live)).toEqual(new Set(["entered"]));
  });

  it("never waits in reconnecting for nothing: the channel, an attempt or a timer brings it on", () => {
    for (const { step, happening } of every.filter(({ step }) => step?.phase === "reconnecting")) {
      expect(happening === "channel_lost" || step!.effects.some((effect) => effect === "enter" || effect === "retry_later")).toBe(true);
    }
    expect(follow("reconnecting", "welcomed")?.effects).toEqual(["enter"]);
  });

  it("lets devices go whenever it becomes superseded or idle", () => {
    const out = every.filter(({ step }) => step?.phase === "superseded" || step?.phase === "idle");
    expect(out.filter(({ step }) => !step!.effects.some((effect) => effect === "yield" || effect === "end"))).toEqual([]);
  });
});
