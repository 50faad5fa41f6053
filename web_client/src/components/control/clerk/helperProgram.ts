/** The counter PC's program as this server gives it away: where it is, its size and its SHA-256. */
import { OfflineError, ServerError } from "@/protocol/errors";

export const PROGRAM = "bangban-helper.pyz";
export const PROGRAM_URL = `/helper/${PROGRAM}`;

export interface HelperProgram {
  sha256: string;
  bytes: number;
}

/** Ask for its head alone; throws where the server has none, or cannot be reached. */
export async function readProgram(): Promise<HelperProgram> {
  const answer = await fetch(PROGRAM_URL, { method: "HEAD", cache: "no-cache" }).catch(() => {
    throw new OfflineError();
  });
  const sha256 = /[0-9a-f]{64}/.exec(answer.headers.get("ETag") ?? "")?.[0];
  if (!answer.ok || !sha256) throw new ServerError("no_program", "");
  return { sha256, bytes: Number(answer.headers.get("Content-Length") ?? 0) };
}

/** Lines for a terminal of the counter PC; `code` stays a word to be replaced until there is one. */
export function commands(server: string, code: string): { check: string; pair: string; run: string } {
  return {
    check: `sha256sum ${PROGRAM}`,
    pair: `python3 ${PROGRAM} pair ${code} --server ${server}`,
    run: `python3 ${PROGRAM} run`,
  };
}

/** What the helper connects to: it speaks HTTPS only. Null where the server has no such address. */
export function helperServer(origin: string, secureUrl: string | null): string | null {
  const found = origin.startsWith("https:") ? origin : secureUrl;
  return found?.startsWith("https:") ? found.replace(/\/+$/, "") : null;
}
