/** The signalling channel: typed commands with one answer each, typed events, reconnection with a fresh token. */
import { io, type Socket } from "socket.io-client";
import { elapsed, noteServerTime } from "@/protocol/clock";
import { OfflineError, ServerError, UnansweredError } from "@/protocol/errors";
import type { Ack, CommandName, Commands, EventName, Events } from "@/protocol/generated";

/** What the socket is doing; `refused` means the credential was turned down and someone must sign in again. */
export type SocketState = "idle" | "connecting" | "connected" | "disconnected" | "refused";

/**
 * Credential asked for at every connection: `fresh` when the last one was refused. Null: nobody is signed in, or there
 * is no other than the one refused.
 */
export type Credentials = (fresh: boolean) => Promise<{ token: string } | { device_token: string } | null>;

type Handler<N extends EventName> = (event: Events[N]) => void;

/** Longest wait for the answer of a command while the channel is up, in ms: half of what the server remembers answers for. */
const ANSWER_PATIENCE_MS = 30_000;
/**
 * A command without an answer is said again after this, in ms, under the same id, so that it is carried out once. The
 * first answer counts, to whichever saying: a server that stood still answers them all.
 */
const SAY_AGAIN_MS = 8_000;
/** A command without an answer for so long, in ms, is something to tell the person. */
const SLOW_MS = 4_000;
/** Commands that the server does not remember: said twice they are done twice. */
const SAID_ONCE: readonly CommandName[] = ["annotation.stroke", "annotation.pointer"];
/** What the server says about a credential; every other refusal is about the server and passes. */
const NOT_BELIEVED = ["not_signed_in", "session_ended"];
/** Waits between tries to connect, in ms, each half as long or longer by chance: short, since a restart takes seconds. */
const FIRST_TRY_MS = 300;
const LAST_TRY_MS = 1_000;
/** How long after a refusal to try again, in ms; half of it is chance, so that not everybody comes at once. */
const REFUSED_RETRY_MS = 2_000;
/** How long a repeatable command waits for the channel to come back before it gives up, in ms. */
const RECONNECT_PATIENCE_MS = 20_000;

export class SignalSocket {
  private socket: Socket | null = null;
  private credentials: Credentials = async () => null;
  private refusals = 0;
  private retry: ReturnType<typeof setTimeout> | null = null;
  /** What ends the wait of each command on its way when its channel is lost. */
  private readonly waiting = new Set<() => void>();
  private readonly handlers = new Map<EventName, Set<Handler<EventName>>>();
  private readonly watchers = new Set<(state: SocketState) => void>();
  /** Commands that wait for an answer longer than usual, and who wants to know whether there are any. */
  private readonly slow = new Set<object>();
  private readonly slowWatchers = new Set<(slow: boolean) => void>();
  private current: SocketState = "idle";

  get state(): SocketState {
    return this.current;
  }

  /** Connect and stay connected until `close`; a second call replaces the credential. */
  open(credentials: Credentials): void {
    this.close();
    this.credentials = credentials;
    this.refusals = 0;
    const socket = io({
      path: "/socket.io",
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelay: FIRST_TRY_MS,
      reconnectionDelayMax: LAST_TRY_MS,
      auth: (give) => void this.authenticate(give),
    });
    this.socket = socket;
    this.become("connecting");
    socket.on("connect", () => {
      this.refusals = 0;
      this.become("connected");
    });
    socket.on("disconnect", (reason) => {
      this.become("disconnected");
      this.loseAnswers();
      if (reason === "io server disconnect") socket.connect();
    });
    socket.on("connect_error", (error: Error & { data?: { code?: string } }) => this.connectFailed(socket, error.data?.code));
    socket.onAny((name: EventName, event: Events[EventName]) => {
      this.handlers.get(name)?.forEach((handler) => handler(event));
    });
  }

  close(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.socket?.removeAllListeners();
    this.socket?.disconnect();
    this.socket = null;
    this.become("idle");
    this.loseAnswers();
  }

  /** Listen to an event; returns the function that stops listening. */
  on<N extends EventName>(name: N, handler: Handler<N>): () => void {
    const set = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, set);
    set.add(handler as Handler<EventName>);
    return () => void set.delete(handler as Handler<EventName>);
  }

  onState(watcher: (state: SocketState) => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Hear whether the server, with the channel up, owes an answer for longer than usual. */
  onSlow(watcher: (slow: boolean) => void): () => void {
    this.slowWatchers.add(watcher);
    return () => void this.slowWatchers.delete(watcher);
  }

  /**
   * Send a command and wait for its answer; throws `ServerError` when refused, `OfflineError` when not connected,
   * `UnansweredError` when the channel is up and the server says nothing.
   *
   * Commands leave only while connected. With `repeat`, one that lost its connection before the answer is sent once
   * more after the reconnection under the same id, so that the server answers what it answered first. It is never sent
   * over the channel of whoever signs in next.
   */
  async emitCommand<N extends CommandName>(
    name: N,
    body: Commands[N]["body"],
    options: { repeat?: boolean } = {},
  ): Promise<Commands[N]["result"]> {
    const envelope = { command_id: crypto.randomUUID?.() ?? randomId(), body };
    try {
      return await this.emitOnce(name, envelope);
    } catch (error) {
      if (!options.repeat || !(error instanceof OfflineError)) throw error;
      await this.connectedWithin(RECONNECT_PATIENCE_MS);
      return this.emitOnce(name, envelope);
    }
  }

  private emitOnce<N extends CommandName>(name: N, envelope: object): Promise<Commands[N]["result"]> {
    const socket = this.socket;
    if (!socket?.connected) return Promise.reject(new OfflineError());
    return new Promise((resolve, reject) => {
      const lost = () => finish(() => reject(new OfflineError()));
      const answered = (ack: Ack, askedAt: number) => {
        noteServerTime(ack.at * 1000, askedAt, elapsed());
        finish(() => (ack.ok ? resolve(ack.result as Commands[N]["result"]) : reject(refused(ack))));
      };
      const say = () => {
        const askedAt = elapsed();
        socket.emit(name, envelope, (ack: Ack) => answered(ack, askedAt));
      };
      const stop = this.watchPatience(() => finish(() => reject(new UnansweredError())), SAID_ONCE.includes(name) ? null : say);
      const finish = (act: () => void) => {
        stop();
        this.waiting.delete(lost);
        act();
      };
      this.waiting.add(lost);
      say();
    });
  }

  /** Say it `again` while the answer is missing, be known as slow, and `giveUp` in the end; returns what ends it all. */
  private watchPatience(giveUp: () => void, again: (() => void) | null): () => void {
    const one = {};
    const timers = [setTimeout(() => this.setSlow(one, true), SLOW_MS), setTimeout(giveUp, ANSWER_PATIENCE_MS)];
    const repeating = again ? setInterval(again, SAY_AGAIN_MS) : undefined;
    return () => {
      timers.forEach(clearTimeout);
      clearInterval(repeating);
      this.setSlow(one, false);
    };
  }

  private setSlow(one: object, slow: boolean): void {
    const before = this.slow.size > 0;
    if (slow) this.slow.add(one);
    else this.slow.delete(one);
    const now = this.slow.size > 0;
    if (now !== before) this.slowWatchers.forEach((watcher) => watcher(now));
  }

  private connectedWithin(patience: number): Promise<void> {
    if (this.current === "connected") return Promise.resolve();
    if (!this.socket) return Promise.reject(new OfflineError());
    return new Promise((resolve, reject) => {
      const giveUp = () => end(() => reject(new OfflineError()));
      const timer = setTimeout(giveUp, patience);
      const stop = this.onState((state) => {
        if (state === "connected") end(resolve);
        else if (state === "idle" || state === "refused") giveUp();
      });
      const end = (act: () => void) => {
        clearTimeout(timer);
        stop();
        act();
      };
    });
  }

  private async authenticate(give: (auth: object) => void): Promise<void> {
    const auth = await this.credentials(this.refusals > 0);
    if (auth) give(auth);
    else this.refuse();
  }

  /** `active` is false when the server itself said no: at once once more with a fresh credential, else later. */
  private connectFailed(socket: Socket, code = ""): void {
    this.become("disconnected");
    if (socket.active) return;
    this.refusals = NOT_BELIEVED.includes(code) ? this.refusals + 1 : 0;
    if (this.refusals === 1) socket.connect();
    else this.retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS * (0.5 + Math.random() / 2));
  }

  private refuse(): void {
    this.socket?.disconnect();
    this.become("refused");
  }

  private loseAnswers(): void {
    [...this.waiting].forEach((lost) => lost());
  }

  private become(state: SocketState): void {
    if (state === this.current) return;
    this.current = state;
    this.watchers.forEach((watcher) => watcher(state));
  }
}

function refused(ack: Ack): ServerError {
  return new ServerError(ack.error?.code ?? "unexpected", ack.error?.sentence ?? "", { field: ack.error?.field });
}

/** 32 hex digits; for pages that are not a secure context and so have no randomUUID. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The one channel of this page. */
export const signal = new SignalSocket();
