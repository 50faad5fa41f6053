/** One error tree for everything the server or the network refuses. */

/** A refused request or command: a stable code, the server's sentence, and the field it is about. */
export class ServerError extends Error {
  constructor(
    readonly code: string,
    readonly sentence: string,
    readonly options: { field?: string | null; status?: number } = {},
  ) {
    super(`${code}: ${sentence}`);
    this.name = "ServerError";
  }
}

/** Nothing was answered: no network, or the server is away. Nothing is known about what it did. */
export class OfflineError extends ServerError {
  constructor(code: "offline" | "timeout" = "offline") {
    super(code, "");
    this.name = "OfflineError";
  }
}

/** Catalogue key of an error's words; the server's sentence is the fallback when the key is missing. */
export function errorKey(error: unknown): string {
  return `common.error.${error instanceof ServerError ? error.code : "unexpected"}`;
}
