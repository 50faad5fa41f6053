/** Why a camera, microphone or screen could not be had, one cause each, from what browsers report. */

export type FailureCode =
  | "refused"
  | "refused_by_system"
  | "missing"
  | "in_use"
  | "unplugged"
  /** The camera chosen has another use on this page already. */
  | "taken"
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
  if (name === "OverconstrainedError") return isAboutIdentity(refusedConstraint(error)) ? "missing" : "failed";
  return BY_NAME[name] ?? "failed";
}

/** What an `OverconstrainedError` names as refused; empty where the browser keeps it to itself, null for other errors. */
export function refusedConstraint(error: unknown): string | null {
  const { name = "", constraint = "" } = (error ?? {}) as { name?: string; constraint?: string };
  return name === "OverconstrainedError" ? constraint : null;
}

function isAboutIdentity(constraint: string | null): boolean {
  return constraint === "" || constraint === "deviceId" || constraint === "groupId";
}
