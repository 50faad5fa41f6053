import { describe, expect, it } from "vitest";
import { DeviceError, failureOf } from "@/rtc/failures";

const named = (name: string, message = "") => Object.assign(new Error(message), { name });

describe("failureOf", () => {
  it.each([
    ["NotAllowedError", "Permission denied", "refused"],
    ["NotAllowedError", "Permission dismissed", "refused"],
    ["NotAllowedError", "Permission denied by system", "refused_by_system"],
    ["NotFoundError", "Requested device not found", "missing"],
    ["OverconstrainedError", "", "missing"],
    ["NotReadableError", "Could not start video source", "in_use"],
    ["AbortError", "Starting videoinput failed", "in_use"],
    ["SecurityError", "", "insecure"],
    ["NotSupportedError", "", "unsupported"],
    ["TypeError", "x", "failed"],
  ])("%s %j of a device is %s", (name, message, code) => {
    expect(failureOf(named(name, message))).toBe(code);
  });

  it("takes a closed screen picker for a choice, not an error", () => {
    expect(failureOf(named("NotAllowedError", "Permission denied by user"), "screen")).toBe("cancelled");
  });

  it("tells a screen refused by the system from a closed picker", () => {
    expect(failureOf(named("NotAllowedError", "Permission denied by system"), "screen")).toBe("refused_by_system");
  });

  it("keeps the cause of an error that was already classified", () => {
    expect(failureOf(new DeviceError("in_use"))).toBe("in_use");
  });

  it("survives anything thrown", () => {
    expect(failureOf(undefined)).toBe("failed");
    expect(failureOf("no")).toBe("failed");
  });
});
