/** Play the others' sound: one hidden audio element a track, one loudspeaker switch for all of them. */

export class Playout {
  private readonly players = new Map<string, HTMLAudioElement>();
  private muted = false;
  private sink = "";

  /** `blocked` runs when the browser refuses to play before the page was clicked. */
  constructor(private readonly blocked: () => void) {}

  add(producerId: string, track: MediaStreamTrack): void {
    this.remove(producerId);
    const player = document.createElement("audio");
    player.autoplay = true;
    player.muted = this.muted;
    player.srcObject = new MediaStream([track]);
    player.dataset.producer = producerId;
    player.hidden = true;
    document.body.append(player);
    this.players.set(producerId, player);
    this.route(player);
    player.play().catch((error: DOMException) => error.name === "NotAllowedError" && this.blocked());
  }

  remove(producerId: string): void {
    const player = this.players.get(producerId);
    if (!player) return;
    player.srcObject = null;
    player.remove();
    this.players.delete(producerId);
  }

  clear(): void {
    [...this.players.keys()].forEach((id) => this.remove(id));
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    this.players.forEach((player) => (player.muted = muted));
  }

  /** Loudspeaker by the browser's id; empty = the system's default. Firefox below 116 has no choice and keeps its own. */
  setSink(deviceId: string): void {
    this.sink = deviceId;
    this.players.forEach((player) => this.route(player));
  }

  /** Call inside a click after `blocked`. */
  async unblock(): Promise<void> {
    await Promise.all([...this.players.values()].map((player) => player.play()));
  }

  private route(player: HTMLAudioElement): void {
    if (this.sink && player.setSinkId) player.setSinkId(this.sink).catch(() => undefined);
  }
}
