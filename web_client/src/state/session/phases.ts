/** What this page is to a session, and what each thing that happens makes of it. Pure. */

/**
 * `superseded`: another window of the same person has the seat, and this one stays away until it is asked to take it
 * back. `failed`: the first join was refused, or every attempt
 * failed: it is not tried again by itself, unless the channel is a new one.
 */
export type Phase = "idle" | "joining" | "live" | "reconnecting" | "superseded" | "failed";

export type Happening =
  /** The page asks for the session, or asks for it back. */
  | "join"
  | "take_back"
  | "leave"
  /** The signalling channel broke; it is up again and known to the server. */
  | "channel_lost"
  | "welcomed"
  /** The attempt to enter succeeded, was refused for ever, may succeed later, or found the call over. */
  | "entered"
  | "refused"
  | "failed"
  | "over"
  /** It failed, or what was built broke, as often as it is worth trying by itself. */
  | "exhausted"
  /** It is time for the next attempt. */
  | "retry_due"
  /** The person does not want to wait for it. */
  | "retry_now"
  /** The transports are beyond repair; again: so soon after the last time that a moment is waited. */
  | "media_lost"
  | "media_lost_again"
  | "superseded";

/** `enter` makes every earlier attempt void; so do all the others but `retry_later`. */
export type Effect = "enter" | "abandon" | "retry_later" | "close_media" | "yield" | "end";

export interface Step {
  phase: Phase;
  effects: readonly Effect[];
}

type Row = Partial<Record<Happening, Step>>;

function to(phase: Phase, ...effects: Effect[]): Step {
  return { phase, effects };
}

const LEAVE = to("idle", "end");
const ENTER = to("joining", "enter");
const AGAIN = to("reconnecting", "enter");
/** While there is a seat, or one is being asked for. */
const PRESENT: Row = {
  leave: LEAVE,
  over: LEAVE,
  superseded: to("superseded", "yield"),
  media_lost: to("reconnecting", "close_media", "enter"),
  media_lost_again: to("reconnecting", "close_media", "retry_later"),
  exhausted: to("failed", "close_media"),
};
/** While an attempt to enter is on its way, or the next one is waited for. */
const ENTERING: Row = {
  ...PRESENT,
  entered: to("live"),
  refused: to("failed"),
  failed: to("reconnecting", "retry_later"),
  channel_lost: to("reconnecting", "abandon"),
};

const TABLE: Readonly<Record<Phase, Row>> = {
  idle: { join: ENTER, leave: LEAVE },
  joining: { ...ENTERING, retry_now: ENTER },
  live: { ...PRESENT, channel_lost: to("reconnecting", "abandon") },
  reconnecting: { ...ENTERING, welcomed: AGAIN, retry_due: AGAIN, retry_now: AGAIN },
  superseded: { take_back: ENTER, leave: LEAVE },
  failed: { join: ENTER, welcomed: ENTER, leave: LEAVE, over: LEAVE, superseded: to("superseded", "yield") },
};

/** What follows, or null when it means nothing in this phase. */
export function follow(phase: Phase, happening: Happening): Step | null {
  return TABLE[phase][happening] ?? null;
}
