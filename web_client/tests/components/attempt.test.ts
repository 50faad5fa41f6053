import { describe, expect, it } from "vitest";

import { useAttempt } from "@/components/common/attempt";

describe("useAttempt", () => {
  it("is busy while it runs and keeps the error until the next time", async () => {
    const attempt = useAttempt();
    const failing = attempt.run(() => Promise.reject(new Error("no")));
    expect(attempt.busy.value).toBe(true);
    expect(await failing).toBe(false);
    expect(attempt.busy.value).toBe(false);
    expect(attempt.error.value).toBeInstanceOf(Error);
    expect(await attempt.run(() => Promise.resolve())).toBe(true);
    expect(attempt.error.value).toBeNull();
  });

  it("runs one thing at a time: a second press does nothing", async () => {
    const attempt = useAttempt();
    let runs = 0;
    const action = () => Promise.resolve((runs += 1));
    await Promise.all([attempt.run(action), attempt.run(action)]);
    expect(runs).toBe(1);
  });
});
