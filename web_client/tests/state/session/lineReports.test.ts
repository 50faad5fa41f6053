/** What a page received is told in one message each ten seconds. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReportLines } from "@/protocol/generated";
import { LineReports } from "@/state/session/lineReports";

describe("reports of what is received", () => {
  let sent: Omit<ReportLines, "call_id">[];
  let reports: LineReports;
  let statistics: ReturnType<typeof vi.fn>;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    let samples = 0;
    statistics = vi.fn(async () => {
      samples += 96_000;
      const row = { type: "inbound-rtp", id: "a", kind: "audio", totalSamplesReceived: samples, concealedSamples: samples / 10 };
      return [new Map([["a", row]])] as unknown as RTCStatsReport[];
    });
    reports = new LineReports(statistics as never, async (body) => void sent.push(body));
  });
  afterEach(() => {
    reports.stop();
    vi.useRealTimers();
  });

  it("go out five at a time", async () => {
    reports.start();
    reports.start();
    await vi.advanceTimersByTimeAsync(12_000);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.received).toHaveLength(5);
    expect(sent[0]!.received[0]).toMatchObject({ made_up: 100, frames: null });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(2);
  });

  it("cost a thin line less than 50 bytes a second with their envelope", async () => {
    reports.start();
    await vi.advanceTimersByTimeAsync(12_000);
    const full = sent[0]!.received.map(() => ({ made_up: 1000, freezes: 20, freeze_ms: 2000, frames: 240, buffer_ms: 10_000 }));
    const packet = JSON.stringify(["media.report_lines", { command_id: "x".repeat(36), body: { call_id: "x".repeat(22), ended_at_ms: sent[0]!.ended_at_ms, received: full } }]);
    const around = 8 + 2 * 80; // frame, engine.io and socket.io; TCP, IP and TLS of the message and its answer
    const answer = 60;
    expect((packet.length + around + answer) / 10).toBeLessThan(80);
  });

  it("end with the session, and a failed one is let go", async () => {
    const failing = new LineReports(statistics as never, async () => Promise.reject(new Error("away")));
    failing.start();
    await vi.advanceTimersByTimeAsync(12_000);
    failing.stop();
    const asked = statistics.mock.calls.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(statistics.mock.calls.length).toBe(asked);
  });
});
