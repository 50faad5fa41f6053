import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ControlStandView, ControlView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { ControlStand } from "@/state/session/control";

const question = (change: Partial<ControlView> = {}): ControlView => ({
  control_id: "k1",
  state: "asked",
  asked_by: "李明",
  participant_id: "specialist",
  asked: ["draw", "pointer"],
  purpose: "",
  answer_until: "2026-11-22T09:00:30Z",
  scopes: [],
  until: null,
  pause: null,
  once: null,
  awaited: null,
  agreed: null,
  monitor: "",
  end: null,
  ended_by: null,
  ...change,
});
const standing = (change: Partial<ControlStandView> = {}): ControlStandView => ({
  control: null,
  obstacle: null,
  helper: { paired: true, here: true, too_old: false, name: "DLJ-01" },
  monitors: [],
  rev: 1,
  scopes: ["draw", "pointer"],
  longest_s: 1800,
  ...change,
});

describe("ControlStand", () => {
  let callId: string | null;
  let control: ControlStand;
  let asked: string[];
  let answers: ((value: unknown) => void)[];

  beforeEach(() => {
    callId = "c1";
    asked = [];
    answers = [];
    control = new ControlStand(() => {
      if (callId === null) throw new Error("not in a session");
      return callId;
    });
    vi.spyOn(signal, "emitCommand").mockImplementation((name) => {
      asked.push(name);
      return new Promise((resolve) => answers.push(resolve)) as never;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it("shows what the server says on entering", async () => {
    const reading = control.read();
    answers[0]!(standing({ obstacle: "no_helper" }));
    await reading;
    expect(control.stand.value?.obstacle).toBe("no_helper");
    expect(control.current.value).toBeNull();
  });

  it("believes an event more than an answer that was asked for before it", async () => {
    control.stood(standing());
    const reading = control.read();
    control.changed(question());
    answers[0]!(standing());
    await reading;
    expect(control.current.value?.control_id).toBe("k1");
    expect(control.stand.value?.obstacle).toBe("under_way");
  });

  it("keeps the end in sight, asks what stands then, and forgets it with the next question", async () => {
    control.stood(standing({ control: question(), obstacle: "under_way" }));
    control.changed(question({ state: "ended", end: "refused" }));
    expect([control.current.value, control.ended.value?.end]).toEqual([null, "refused"]);
    expect(asked).toEqual(["control.stand"]);
    control.changed(question({ control_id: "k2" }));
    expect([control.current.value?.control_id, control.ended.value]).toEqual(["k2", null]);
  });

  it("keeps an end that is still in sight when nothing else began, until it is put aside", async () => {
    control.stood(standing());
    control.changed(question({ state: "ended", end: "revoked" }));
    answers[0]!(standing());
    await vi.waitFor(() => expect(control.stand.value?.obstacle).toBeNull());
    expect(control.ended.value?.end).toBe("revoked");
    control.putAside();
    expect(control.ended.value).toBeNull();
  });

  it("says that it is over though nobody was there to hear why, and why once it is told", () => {
    control.stood(standing({ control: question({ state: "granted" }), obstacle: "under_way" }));
    control.stood(standing());
    expect([control.current.value, control.ended.value?.control_id, control.ended.value?.end]).toEqual([null, "k1", null]);
    control.changed(question({ state: "ended", end: "escaped" }));
    expect(control.ended.value?.end).toBe("escaped");
  });

  it("does not wake what is over by an answer that was on its way", async () => {
    control.stood(standing());
    const asking = control.ask(["draw"], "");
    control.changed(question({ state: "ended", end: "refused" }));
    answers[0]!(question());
    await asking;
    expect([control.current.value, control.ended.value?.end]).toEqual([null, "refused"]);
  });

  it("does not take a yes back by the answer to the question, which comes after it", async () => {
    control.stood(standing());
    const asking = control.ask(["draw"], "");
    control.changed(question());
    control.changed(question({ state: "granted" }));
    answers[0]!(question());
    await asking;
    expect(control.current.value?.state).toBe("granted");
  });

  it("shows nothing in one session that was asked in the last", async () => {
    control.stood(standing());
    const asking = control.ask(["draw"], "");
    control.clear();
    callId = null;
    answers[0]!(question());
    await asking;
    expect([control.stand.value, control.current.value, asked.length]).toEqual([null, null, 1]);
  });

  it("gives back only what there is", async () => {
    await control.giveUp();
    expect(asked).toEqual([]);
    control.stood(standing({ control: question({ state: "granted" }) }));
    const giving = control.giveUp();
    answers[0]!(question({ state: "ended", end: "given_back" }));
    await giving;
    expect(control.ended.value?.end).toBe("given_back");
  });
});
