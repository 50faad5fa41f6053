/** What a specialist is doing now: nothing of a call, in one, or writing its result. */
export type Phase = "idle" | "session" | "wrap_up";
