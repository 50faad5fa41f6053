import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const sent = vi.hoisted(() => [] as string[]);
const may = vi.hoisted(() => ({ report: true }));
vi.mock("@/protocol/socket", () => ({
  signal: {
    state: "connected",
    emitCommand: (name: string) => {
      sent.push(name);
      return Promise.resolve({});
    },
  },
}));
vi.mock("@/state/auth", () => ({ useAuth: () => ({ can: () => may.report }) }));

import { watchInput } from "@/state/input";

let inFront = true;

describe("Evidence that somebody is at the PC", () => {
  vi.useFakeTimers();
  vi.spyOn(document, "hasFocus").mockImplementation(() => inFront);
  watchInput();

  beforeEach(() => {
    vi.advanceTimersByTime(60_000);
    sent.length = 0;
  });
  afterEach(() => {
    inFront = may.report = true;
  });

  it("is any input, told at most every 30 s", () => {
    for (const kind of ["pointermove", "keydown", "wheel"]) dispatchEvent(new Event(kind));
    expect(sent).toEqual(["presence.input"]);
    vi.advanceTimersByTime(30_000);
    dispatchEvent(new Event("pointermove"));
    expect(sent).toHaveLength(2);
  });

  it("is missing from a page in front that nobody touches", () => {
    vi.advanceTimersByTime(600_000);
    expect(sent).toEqual([]);
  });

  it("is assumed while another window is in front", () => {
    inFront = false;
    vi.advanceTimersByTime(300_000);
    expect(sent.length).toBeGreaterThan(4);
  });

  it("is nothing the server asks of people who take no calls", () => {
    may.report = false;
    dispatchEvent(new Event("keydown"));
    expect(sent).toEqual([]);
  });
});
