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

/** Nothing was answered, so nothing is known about what was done. */
export class NoAnswerError extends ServerError {}

/** There is no connection: nothing can be asked until it is back. */
export class OfflineError extends NoAnswerError {
  constructor() {
    super("offline", "");
    this.name = "OfflineError";
  }
}

/** The connection stands, but the server did not answer in time; asking again may help. */
export class UnansweredError extends NoAnswerError {
  constructor() {
    super("timeout", "");
    this.name = "UnansweredError";
  }
}

/** Catalogue key of an error's words; the server's sentence is the fallback when the key is missing. */
export function errorKey(error: unknown): string {
  return `common.error.${error instanceof ServerError ? error.code : "unexpected"}`;
}
