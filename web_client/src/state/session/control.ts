/** Where control of the counter PC stands in a session, for both sides: what is asked or granted, why it cannot be asked for, how the last one ended. */
import { computed, shallowRef } from "vue";
import type { ControlScope, ControlStandView, ControlView, OnceKind } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

export class ControlStand {
  /** Null until the server has said. */
  readonly stand = shallowRef<ControlStandView | null>(null);
  /** The question for control, or its grant, that is alive now. */
  readonly current = computed(() => this.stand.value?.control ?? null);
  /** The last one that is over in this session, until it is put aside or another one begins; `end` is null when nobody was there to hear why. */
  readonly ended = shallowRef<ControlView | null>(null);
  /** Counts what was learned: an answer that was asked for before the last news is older than it. */
  private news = 0;

  /** @param here id of the call; throws outside a session */
  constructor(private readonly here: () => string) {}

  /** Ask where control stands: on entering, after every loss of the channel, and when something ended. */
  async read(): Promise<void> {
    const asked = (this.news += 1);
    try {
      const stand = await signal.emitCommand("control.stand", { call_id: this.here() }, { repeat: true });
      if (asked === this.news) this.stood(stand);
    } catch {
      // What was known stays; it is asked again with the next entering or the next news.
    }
  }

  /** The server says where control stands. */
  stood(stand: ControlStandView): void {
    const before = this.current.value;
    this.news += 1;
    this.stand.value = stand;
    if (stand.control) this.ended.value = null;
    else if (before) this.ended.value = { ...before, state: "ended" };
  }

  /** The question or the grant has changed. */
  changed(control: ControlView): void {
    this.news += 1;
    const before = this.stand.value;
    if (control.state === "ended") {
      this.ended.value = control;
      if (before) this.stand.value = { ...before, control: null };
      void this.read();
      return;
    }
    this.ended.value = null;
    if (before) this.stand.value = { ...before, control, obstacle: "under_way" };
    else void this.read();
  }

  /** How the last one ended has been read. */
  putAside(): void {
    this.ended.value = null;
  }

  clear(): void {
    this.news += 1;
    this.stand.value = null;
    this.ended.value = null;
  }

  /** Ask the clerk; `purpose` is for them to read. */
  async ask(scopes: ControlScope[], purpose: string): Promise<void> {
    await this.answered(signal.emitCommand("control.ask", { call_id: this.here(), scopes, purpose }, { repeat: true }));
  }

  /** Take the question back, or give the grant back. */
  async giveUp(): Promise<void> {
    const control = this.current.value;
    if (control) await this.answered(signal.emitCommand("control.give_up", this.refer(control), { repeat: true }));
  }

  /** Ask what needs a yes of its own each time; returns the question's id, null when nothing is granted. */
  async askOnce(kind: OnceKind, about = ""): Promise<string | null> {
    const control = this.current.value;
    if (!control) return null;
    const asked = await this.answered(signal.emitCommand("control.ask_once", { ...this.refer(control), kind, about }, { repeat: true }));
    return asked.once?.once_id ?? null;
  }

  /** The answer may come long after the events that tell of the same thing, and of what followed. */
  private async answered(asking: Promise<ControlView>): Promise<ControlView> {
    const { news } = this;
    const control = await asking;
    if (news === this.news) this.changed(control);
    return control;
  }

  private refer(control: ControlView): { call_id: string; control_id: string } {
    return { call_id: this.here(), control_id: control.control_id };
  }
}
