/** This page's hold of the counter PC while the clerk's consent lasts: the line, what the other side says, and the hand. */
import { computed, ref, shallowRef } from "vue";
import type { Chord, NotDone, Scope, State } from "@/protocol/control";
import type { ControlView } from "@/protocol/generated";
import { Hand } from "@/rtc/control/hand";
import { ControlLine } from "@/rtc/control/line";
import { Typing, type TypingProgress } from "@/rtc/control/typing";

/** `over`: the line is gone and the control with it, only the server has not said so yet. */
export type HoldPhase = "off" | "connecting" | "open" | "over";

export class Controlling {
  readonly phase = ref<HoldPhase>("off");
  /** As the counter PC says it. */
  readonly state = ref<State>("idle");
  readonly scopes = shallowRef<ReadonlySet<Scope>>(new Set());
  /** Of the last heartbeat, in ms. */
  readonly roundTripMs = ref<number | null>(null);
  /** The counter PC's clipboard, as it was asked for; nowhere else, and gone with the hold. */
  readonly clipboard = ref<string | null>(null);
  /** The long text that is typed, or was typed last. */
  readonly progress = shallowRef<TypingProgress | null>(null);
  /** The last message that was not obeyed, anew each time. */
  readonly refusal = shallowRef<NotDone | null>(null);
  readonly hand = new Hand({
    send: (message) => void this.line?.send(message),
    calm: () => this.line?.calm ?? false,
    may: (scope) => this.may(scope),
    rev: () => this.rev,
    nextFrame: (run) => void requestAnimationFrame(run),
  });
  /** Whether the counter PC obeys now. */
  readonly obeys = computed(() => this.phase.value === "open" && this.state.value === "granted");
  private controlId: string | null = null;
  private line: ControlLine | null = null;
  private typing: Typing | null = null;
  private rev = 0;

  /**
   * @param here id of the call; throws outside a session
   * @param token an access token that is valid now, null when nobody is signed in
   */
  constructor(
    private readonly here: () => string,
    private readonly token: () => Promise<string | null>,
  ) {}

  /** Hold what was granted to this page, and let go of anything else; null: nothing. */
  follow(control: ControlView | null): void {
    const wanted = control && ["granted", "paused"].includes(control.state) ? control.control_id : null;
    if (wanted === this.controlId) return;
    this.controlId = wanted;
    const { line } = this;
    this.line = null;
    line?.close();
    this.forget();
    this.phase.value = wanted ? "connecting" : "off";
    if (wanted) void this.connect(wanted);
  }

  /** Whether the grant holds this, and the counter PC would obey; what is only shown it shows beside local input too. */
  may(scope: Scope): boolean {
    if (this.phase.value !== "open" || !this.scopes.value.has(scope)) return false;
    return this.state.value === "granted" || (scope === "draw" && this.state.value === "paused_local");
  }

  /** Type a long text; one is under way at most. */
  type(text: string, mode: Chord): void {
    if (!this.may("text") || this.progress.value?.state === "typing") return;
    const send = (piece: Parameters<ControlLine["send"]>[0]): number => {
      const number = this.line?.send(piece) ?? 0;
      if (number > 0) this.line?.beat();
      return number;
    };
    this.typing = new Typing(text, mode, send, (progress) => (this.progress.value = progress));
  }

  stopTyping(): void {
    this.typing?.stop();
  }

  /** Put a text into the counter PC's clipboard. */
  push(text: string): void {
    if (this.may("clipboard")) this.line?.send({ t: "cp", text });
  }

  forgetClipboard(): void {
    this.clipboard.value = null;
  }

  private async connect(control: string): Promise<void> {
    const token = await this.token();
    if (this.controlId !== control) return;
    if (token === null) return this.lost();
    const line: ControlLine = new ControlLine(openSocket(), { token, call: this.here(), control }, {
      granted: (grant) => {
        this.hand.forget();
        this.typing?.stop();
        this.scopes.value = new Set(grant.scopes);
        this.rev = grant.rev;
        this.state.value = "granted";
        this.phase.value = "open";
      },
      geometry: ({ rev }) => (this.rev = rev),
      status: ({ state }) => this.became(state),
      acknowledged: (answer, roundTripMs) => {
        if (roundTripMs !== null) this.roundTripMs.value = roundTripMs;
        this.typing?.reached(answer.last);
      },
      notDone: (refusal) => {
        this.refusal.value = refusal;
        this.typing?.refused(refusal.number);
      },
      clipboard: (text) => (this.clipboard.value = text),
      over: () => this.line === line && this.lost(),
    });
    this.line = line;
  }

  /** In a pause the counter PC has let everything go. */
  private became(state: State): void {
    this.state.value = state;
    if (state !== "granted") this.hand.forget();
  }

  private lost(): void {
    this.line = null;
    this.forget();
    this.phase.value = "over";
  }

  private forget(): void {
    this.hand.forget();
    this.typing?.stop();
    this.typing = null;
    this.progress.value = null;
    this.refusal.value = null;
    this.clipboard.value = null;
    this.roundTripMs.value = null;
    this.state.value = "idle";
    this.scopes.value = new Set();
  }
}

function openSocket(): WebSocket {
  const { protocol, host } = window.location;
  return new WebSocket(`${protocol === "https:" ? "wss:" : "ws:"}//${host}/control`);
}
