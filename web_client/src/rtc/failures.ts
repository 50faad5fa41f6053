/** Why a camera, microphone or screen could not be had, one cause each, from what browsers report. */

export type FailureCode =
  | "refused"
  | "refused_by_system"
  | "missing"
  | "in_use"
  | "unplugged"
  | "insecure"
  | "unsupported"
  | "cancelled"
  | "failed";

/** A device that could not be opened. */
export class DeviceError extends Error {
  constructor(
    readonly code: FailureCode,
    cause?: unknown,
  ) {
    super(code, { cause });
    this.name = "DeviceError";
  }
}

/** What a person may share: a device, or the screen, where closing the picker is a choice and not an error. */
export type CaptureKind = "device" | "screen";

const BY_NAME: Readonly<Record<string, FailureCode>> = {
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "in_use",
  TrackStartError: "in_use",
  AbortError: "in_use",
  SecurityError: "insecure",
  NotSupportedError: "unsupported",
};

/** The one cause behind an error of getUserMedia or getDisplayMedia. */
export function failureOf(error: unknown, kind: CaptureKind = "device"): FailureCode {
  if (error instanceof DeviceError) return error.code;
  const { name = "", message = "" } = (error ?? {}) as { name?: string; message?: string };
  if (name === "NotAllowedError" || name === "PermissionDeniedError") {
    if (/system/i.test(message)) return "refused_by_system";
    return kind === "screen" ? "cancelled" : "refused";
  }
  return BY_NAME[name] ?? "failed";
}
