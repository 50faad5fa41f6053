/** The practice session answers what the helper's session does, step by step, to the same vectors. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

import { isKey } from "@/practice/keys";
import { PracticeSession, type Frame } from "@/practice/session";
import type { Monitor, Reason, Refusal } from "@/protocol/control";

interface Step {
  now: number;
  frame?: Frame;
  unreadable?: { s: number; code: Refusal };
  local?: true;
  key?: boolean;
  end?: Reason;
  clipboard?: string | null;
  monitors?: Monitor[];
  timeout?: true;
}
interface Script {
  steps: Step[];
  effects: unknown[][];
  to: string;
}
interface Vectors {
  keys: string[];
  states: Record<string, Step[]>;
  cases: (Script & { from: string })[];
  walks: Script[];
}

const FILE = resolve(__dirname, "../../../tests/helper/session_vectors.json");
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;

function run(session: PracticeSession, step: Step): unknown[] {
  if (step.frame) return session.receive(step.frame, step.now);
  if (step.unreadable) return session.unreadable(step.unreadable.s, step.unreadable.code);
  if (step.local) return session.localInput(step.now);
  if (step.key !== undefined) return session.localKey(step.key, step.now);
  if (step.end) return session.end(step.end);
  if (step.clipboard !== undefined) return session.clipboardRead(step.clipboard);
  if (step.monitors) return session.geometry(step.monitors);
  return session.handleTimeout(step.now);
}

describe("practice session", () => {
  it.each(vectors.cases.map((one, index) => [`${index} from ${one.from}`, one] as const))("%s", (_name, { from, steps, effects, to }) => {
    const session = new PracticeSession(100);
    vectors.states[from]!.forEach((step) => run(session, step));
    expect(steps.map((step) => run(session, step))).toEqual(effects);
    expect(session.state).toBe(to);
  });

  it.each(vectors.walks.map((one, index) => [index, one] as const))("walk %i", (_index, { steps, effects, to }) => {
    const session = new PracticeSession(100);
    steps.forEach((step, index) => expect(run(session, step), JSON.stringify(step)).toEqual(effects[index]));
    expect(session.state).toBe(to);
  });

  it("presses the keys that the helper presses, and no other", () => {
    expect(vectors.keys.filter((code) => !isKey(code))).toEqual([]);
    expect(["Power", "Sleep", "AudioVolumeUp", "F13", "KeyÄ", "", "BrowserBack"].filter(isKey)).toEqual([]);
  });
});
