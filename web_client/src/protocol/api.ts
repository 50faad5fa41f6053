/** REST under /api: JSON in and out, bearer token, one renewal of the token on 401. */
import { elapsed, noteServerTime } from "@/protocol/clock";
import { OfflineError, ServerError, UnansweredError } from "@/protocol/errors";
import type { ErrorBody } from "@/protocol/generated";

/** Where the access token comes from; `renew` resolves to false when the person has to sign in again. */
export interface TokenSource {
  current(): string | null;
  renew(): Promise<boolean>;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

const JSON_TYPE = "application/json";
/** The server's clock as it answered, in ms since the epoch. */
const SERVER_TIME = "X-Server-Time";
/** Longest wait for an answer, in ms. Uploads get longer: old PCs sit behind slow lines. */
const ANSWER_TIMEOUT_MS = 15_000;
const UPLOAD_TIMEOUT_MS = 120_000;

export class Api {
  private tokens: TokenSource | null = null;

  /** Must be called once before the first request that needs a token. */
  useTokens(tokens: TokenSource): void {
    this.tokens = tokens;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.send<T>("GET", path + queryString(query));
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.send<T>("POST", path, { body });
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.send<T>("PUT", path, { body });
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.send<T>("PATCH", path, { body });
  }

  /** Send bytes (a still picture) with their own content type. */
  upload<T>(path: string, query: Query, bytes: Blob): Promise<T> {
    return this.send<T>("POST", path + queryString(query), { bytes });
  }

  /** Like post, but without a token and without renewing one: login and refresh themselves. */
  open<T>(path: string, body: object): Promise<T> {
    return this.send<T>("POST", path, { body, bare: true });
  }

  private async send<T>(method: string, path: string, options: SendOptions = {}): Promise<T> {
    let response = await this.fetch(method, path, options);
    if (response.status === 401 && !options.bare && this.tokens && (await this.tokens.renew())) {
      response = await this.fetch(method, path, options);
    }
    if (response.ok) return (response.status === 204 ? {} : await response.json()) as T;
    throw await refusal(response);
  }

  private async fetch(method: string, path: string, options: SendOptions): Promise<Response> {
    const headers: Record<string, string> = { Accept: JSON_TYPE };
    const token = options.bare ? null : this.tokens?.current();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (options.body) headers["Content-Type"] = JSON_TYPE;
    if (options.bytes) headers["Content-Type"] = options.bytes.type;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), options.bytes ? UPLOAD_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    const askedAt = elapsed();
    try {
      const response = await fetch(`/api${path}`, {
        method,
        headers,
        body: options.bytes ?? (options.body ? JSON.stringify(options.body) : undefined),
        credentials: "same-origin",
        signal: patience.signal,
      });
      noteServerTime(Number(response.headers.get(SERVER_TIME) ?? NaN), askedAt, elapsed());
      return response;
    } catch {
      throw patience.signal.aborted ? new UnansweredError() : new OfflineError();
    } finally {
      clearTimeout(timer);
    }
  }
}

interface SendOptions {
  body?: object;
  bytes?: Blob;
  bare?: boolean;
}

/** `?a=1&b=2`, leaving out what is null, undefined or empty. */
export function queryString(query: Query): string {
  const entries = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString();
  return text ? `?${text}` : "";
}

async function refusal(response: Response): Promise<ServerError> {
  const body = (await response.json().catch(() => null)) as { error?: ErrorBody } | null;
  const error = body?.error;
  return new ServerError(error?.code ?? `http_${response.status}`, error?.sentence ?? "", {
    field: error?.field,
    status: response.status,
  });
}

/** The one client of this page. */
export const api = new Api();
