/** The others' sound in this session: one switch, silent beside another end of the same call, woken by a click. */
import { ref } from "vue";
import { Neighbours } from "@/rtc/neighbours";
import { Playout } from "@/rtc/playout";
import { useDevices } from "@/state/devices";

export class Loudspeaker {
  readonly state = ref<{ on: boolean; reason: "neighbour" | null }>({ on: true, reason: null });
  /** The browser plays nothing before the page was clicked. */
  readonly blocked = ref(false);
  /** The loudspeaker chosen is not there: the system's default plays until it is. */
  readonly missing = ref(false);
  /** Somebody turned it by hand: the neighbour rule keeps out of it from then on. */
  private chosen = false;
  private readonly playout = new Playout(
    () => (this.blocked.value = true),
    () => (this.missing.value = true),
  );
  private readonly neighbours = new Neighbours();

  constructor() {
    // Any click gives the page its right to sound back; nobody should have to look for the button.
    const woken = () => void (this.blocked.value && this.unblock());
    addEventListener("pointerdown", woken, { capture: true, passive: true });
    useDevices().onListed(() => this.route());
  }

  /** A new session: on, through the loudspeaker chosen. */
  reset(): void {
    this.chosen = false;
    this.turn(true, null);
    this.route();
  }

  /** Play through the loudspeaker chosen if it is there, else through the system's default. */
  private route(): void {
    const { id, missing } = useDevices().speaker();
    this.missing.value = missing;
    this.playout.setSink(id);
  }

  /** Look for other ends of this call on the same computer. */
  listenFor(callId: string): void {
    this.neighbours.enter(callId, () => this.hush());
  }

  leave(): void {
    this.neighbours.leave();
    this.playout.clear();
  }

  play(producerId: string, track: MediaStreamTrack): void {
    this.playout.add(producerId, track);
  }

  stop(producerId: string): void {
    this.playout.remove(producerId);
  }

  set(on: boolean): void {
    this.chosen = true;
    this.turn(on, null);
  }

  /** Call inside a click. */
  async unblock(): Promise<void> {
    await this.playout.unblock();
    this.blocked.value = false;
  }

  /** Two ends on one computer would howl: start silent and say why. */
  private hush(): void {
    if (!this.chosen) this.turn(false, "neighbour");
  }

  private turn(on: boolean, reason: "neighbour" | null): void {
    this.state.value = { on, reason };
    this.playout.setMuted(!on);
  }
}
