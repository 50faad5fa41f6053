/**
 * Remote control at the practice PC as a machine: frames, local input and time in, effects out.
 *
 * The helper of a real counter PC (`web_client/helper/session.py`) decides the same in the same words; both are held to
 * `tests/helper/session_vectors.json`. Not done here: a locked desktop, for the practice PC has none.
 */
import { IN_GRANT, MAX_CLIPBOARD, type Grant, type HelperDown, type HelperUp, type Monitor, type Reason, type Refusal, type Scope, type State } from "@/protocol/control";
import type { Effect, Held } from "@/practice/effects";
import { isKey } from "@/practice/keys";
import { after, CONTROLLED } from "@/practice/lifecycle";
import { CALM_S, EscapeCounter, RateLimit } from "@/practice/limits";

/** Without a heartbeat for so long the grant ends, in s. */
const SILENCE_S = 3;
/** How long after the last local input the other side waits, in s. */
const LOCAL_PAUSE_S = 2;

/** A message with its envelope; `g` is empty for one of the connection. */
export interface Frame {
  g: string;
  s: number;
  message: HelperDown;
}

const SCOPES: Readonly<Record<string, Scope>> = {
  pm: "pointer",
  pd: "pointer",
  pu: "pointer",
  wh: "pointer",
  kd: "keyboard",
  ku: "keyboard",
  tx: "text",
  cp: "clipboard",
  cq: "clipboard",
  sp: "draw",
  sh: "draw",
  dr: "draw",
  dc: "draw",
};

/** Why a message is not obeyed: said to the sender, or passed over in a pause, or the limit of its rate. */
class NotDone extends Error {
  constructor(readonly why: Refusal | "pause" | "rate") {
    super(why);
  }
}

export class PracticeSession {
  /** As the server is told. */
  state: State = "idle";
  private grant: Grant | null = null;
  private lastGrant = "";
  private readonly numbers = { grant: 0, connection: 0 };
  private down: Held[] = [];
  private monitors: readonly Monitor[] = [];
  private monitor: Monitor | null = null;
  private rev = 0;
  private readonly escapes = new EscapeCounter();
  private rate: RateLimit;
  private expiresAt = Infinity;
  private silentAt = Infinity;
  private resumeAt = Infinity;

  constructor(now: number) {
    this.rate = new RateLimit(now);
  }

  /** Obey a frame, or refuse it; one that is out of order or of another grant ends the grant. */
  receive({ g, s, message }: Frame, now: number): Effect[] {
    const inGrant = IN_GRANT.has(message.t);
    if (inGrant && (!this.grant || g !== this.grant.grant)) return this.violation(s, this.grant ? "stale_grant" : "no_grant");
    const count = inGrant ? "grant" : "connection";
    if (s !== this.numbers[count] + 1) {
      return [...this.violation(s, "out_of_order"), ...(inGrant ? [] : [{ do: "disconnect" } as const])];
    }
    this.numbers[count] = s;
    const scope = SCOPES[message.t];
    if (scope && !this.grant?.scopes.includes(scope)) return [refuse(s, "out_of_scope")];
    try {
      return this.obey(message, now);
    } catch (error) {
      if (!(error instanceof NotDone)) throw error;
      if (error.why === "pause") return [];
      if (error.why === "rate") return this.tooFast(now);
      return [refuse(s, error.why)];
    }
  }

  /** Answer to a text that was no message: the grant ends, for what was lost with it nobody knows. */
  unreadable(s: number, code: Refusal): Effect[] {
    return [...this.violation(s, code), { do: "disconnect" }];
  }

  /** Somebody at the PC itself moved, clicked or typed: theirs comes first. */
  localInput(now: number): Effect[] {
    const effects = this.state === "paused_local" ? [] : this.enter("local_input");
    if (this.state === "paused_local") this.resumeAt = now + LOCAL_PAUSE_S;
    return effects;
  }

  /** A key was pressed at the PC itself: Escape three times ends the grant. */
  localKey(isEscape: boolean, now: number): Effect[] {
    if (!isEscape) this.escapes.otherKey();
    else if (this.escapes.press(now)) return this.enter("escaped");
    return this.localInput(now);
  }

  /** End the grant; nothing without one. */
  end(reason: Reason): Effect[] {
    return this.enter(reason);
  }

  /** Take the monitors as they are now; tells the server when they have changed. */
  geometry(monitors: readonly Monitor[]): Effect[] {
    if (JSON.stringify(monitors) === JSON.stringify(this.monitors)) return [];
    this.monitors = monitors;
    this.rev += 1;
    const told = send({ t: "geo", rev: this.rev, monitors: [...monitors] });
    if (!this.monitor) return [told];
    this.monitor = this.find(this.monitor.id);
    return [told, ...(this.monitor ? this.releaseAll() : this.enter("monitor_gone"))];
  }

  /** Send what `fetch` found, unless it may not be sent any more. */
  clipboardRead(text: string | null): Effect[] {
    if (!this.grant || this.state !== "granted") return [];
    if (text === null || [...text].length > MAX_CLIPBOARD) return [refuse(this.numbers.grant, "unreadable")];
    return [send({ t: "cr", text }, this.grant.grant)];
  }

  /** When `handleTimeout` is due, in s on the clock of `now`. */
  nextDeadline(): number {
    return Math.min(this.expiresAt, this.silentAt, this.resumeAt);
  }

  handleTimeout(now: number): Effect[] {
    if (now >= this.expiresAt) return this.enter("expired");
    if (now >= this.silentAt) return this.enter("silent");
    if (now < this.resumeAt) return [];
    this.resumeAt = Infinity;
    return this.enter(this.state === "paused_local" ? "local_quiet" : "calmed");
  }

  private enter(event: Reason): Effect[] {
    const state = after(this.state, event);
    const { grant } = this;
    if (state === null || !grant) return [];
    this.state = state;
    const effects = this.releaseAll();
    if (state !== "paused_local" && state !== "paused_rate") this.resumeAt = Infinity;
    if (state === "revoked") {
      this.grant = this.monitor = null;
      this.expiresAt = this.silentAt = Infinity;
      effects.push({ do: "point", at: null }, { do: "wipe" });
    }
    effects.push(send({ t: "st", grant: grant.grant, state, reason: event }));
    effects.push({ do: "banner", who: grant.who, state: CONTROLLED.has(state) ? state : null });
    return effects;
  }

  private violation(s: number, code: Refusal): Effect[] {
    return [...this.enter("violation"), refuse(s, code)];
  }

  private tooFast(now: number): Effect[] {
    const effects = this.enter("too_fast");
    if (effects.length > 0) this.resumeAt = now + CALM_S;
    return effects;
  }

  /** Let all go: buttons first, then keys, the last pressed first. */
  private releaseAll(): Effect[] {
    const buttons = this.down.filter((one) => "button" in one);
    const keys = this.down.filter((one) => "key" in one).reverse();
    this.down = [];
    return [...buttons, ...keys].map((one) => ({ do: "release", ...one }));
  }

  private obey(message: HelperDown, now: number): Effect[] {
    switch (message.t) {
      case "gr":
        return this.granted(message, now);
      case "rv":
        // It may have ended here already, and the server did not know yet.
        return this.grant?.grant === message.grant ? this.enter("withdrawn") : [];
      case "mk":
        return [{ do: "mark", shown: message.shown }];
      case "pm":
        this.act(now);
        return [this.moveTo(message)];
      case "pd":
        this.act(now);
        return [this.moveTo(message), ...this.press({ button: message.b })];
      case "pu":
        return this.buttonUp(message);
      case "wh":
        this.act(now);
        return [this.moveTo(message), { do: "scroll", dx: message.dx, dy: message.dy }];
      case "kd":
        this.act(now);
        if (!isKey(message.c)) throw new NotDone("unknown_key");
        return this.press({ key: message.c });
      case "ku":
        return this.release({ key: message.c });
      case "tx":
        this.actOrSay(now);
        return [...this.releaseAll(), { do: "type", text: message.text }];
      case "cp":
        this.actOrSay(now);
        return [{ do: "put", text: message.text }];
      case "cq":
        this.actOrSay(now);
        return [{ do: "fetch" }];
      case "ra":
        return this.releaseAll();
      case "hb":
        this.silentAt = now + SILENCE_S;
        return [send({ t: "ack", last: this.numbers.grant, held: this.down.length, state: this.state }, this.grant!.grant)];
      case "sp":
        this.show(now);
        return [{ do: "point", at: this.at(message) }];
      case "sh":
        return [{ do: "point", at: null }];
      case "dr":
        this.show(now);
        return [{ do: "line", line: message.line, points: message.points.map(([x, y]) => this.at({ x, y, rev: message.rev })) }];
      case "dc":
        return [{ do: "wipe" }];
      default:
        return []; // of the connection, not of control: wl, pk, no
    }
  }

  private granted(message: Grant, now: number): Effect[] {
    if (CONTROLLED.has(this.state)) return this.violation(this.numbers.connection, "second_grant");
    if (message.grant === this.lastGrant) throw new NotDone("stale_grant"); // its messages could be played again
    if (message.rev !== this.rev) throw new NotDone("stale_geometry");
    const monitor = this.find(message.monitor);
    if (!monitor) throw new NotDone("unknown_monitor");
    this.grant = message;
    this.monitor = monitor;
    this.lastGrant = message.grant;
    this.numbers.grant = 0;
    this.rate = new RateLimit(now);
    this.silentAt = now + SILENCE_S;
    this.expiresAt = now + message.lasts_ms / 1000;
    return this.enter("consent");
  }

  private buttonUp(message: { b: number; x: number; y: number; rev: number }): Effect[] {
    const released = this.release({ button: message.b });
    if (released.length === 0) return [];
    return message.rev === this.rev && this.monitor ? [this.moveTo(message), ...released] : released;
  }

  private press(what: Held): Effect[] {
    if (this.down.some((one) => same(one, what))) return []; // the sender's repeat: the target repeats by itself
    this.down.push(what);
    return [{ do: "press", ...what }];
  }

  private release(what: Held): Effect[] {
    if (!this.down.some((one) => same(one, what))) return [];
    this.down = this.down.filter((one) => !same(one, what));
    return [{ do: "release", ...what }];
  }

  /** Let one event at the desktop through; what comes in a pause is dropped, the status has told it. */
  private act(now: number): void {
    const within = this.rate.take(now);
    if (this.state === "granted") {
      if (within) return;
      throw new NotDone("rate");
    }
    if (this.state === "paused_rate" && !within) this.resumeAt = now + CALM_S;
    throw new NotDone("pause");
  }

  /** The same for what the sender cannot see to be lost. */
  private actOrSay(now: number): void {
    try {
      this.act(now);
    } catch (error) {
      throw error instanceof NotDone && error.why === "pause" ? new NotDone("paused") : error;
    }
  }

  /** Let something be shown: also beside local input. */
  private show(now: number): void {
    if (!this.rate.take(now)) throw new NotDone("rate");
  }

  private moveTo(message: { x: number; y: number; rev: number }): Effect {
    const [x, y] = this.at(message);
    return { do: "move", x, y };
  }

  private at({ x, y, rev }: { x: number; y: number; rev: number }): [number, number] {
    const { monitor } = this;
    if (rev !== this.rev || !monitor) throw new NotDone("stale_geometry");
    const pixel = (share: number, size: number) => Math.min(Math.floor(share * size), size - 1);
    return [monitor.x + pixel(x, monitor.w), monitor.y + pixel(y, monitor.h)];
  }

  private find(id: string): Monitor | null {
    return this.monitors.find((monitor) => monitor.id === id) ?? null;
  }
}

function same(one: Held, other: Held): boolean {
  return "key" in one ? "key" in other && one.key === other.key : "button" in other && one.button === other.button;
}

function send(message: HelperUp, g = ""): Effect {
  return { do: "send", g, message };
}

function refuse(number: number, code: Refusal): Effect {
  return send({ t: "er", number, code });
}
