/** Play the others' sound: one hidden audio element a track, one loudspeaker switch for all of them. */

/** Between a pause nobody here asked for and playing again: a headset that is pulled out is gone by then. */
const AGAIN_MS = 300;

export class Playout {
  private readonly players = new Map<string, HTMLAudioElement>();
  private muted = false;
  private sink = "";

  /**
   * @param blocked runs when the browser refuses to play before the page was clicked
   * @param refused runs when a loudspeaker cannot be played through: the system's default takes its place
   */
  constructor(
    private readonly blocked: () => void,
    private readonly refused: () => void = () => undefined,
  ) {}

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
    // A media key, a headset's button or its plug pauses what plays, and nobody would know why it is silent.
    player.addEventListener("pause", () => setTimeout(() => this.players.get(producerId) === player && this.play(player), AGAIN_MS));
    this.play(player);
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
    if (this.sink === deviceId) return;
    this.sink = deviceId;
    this.players.forEach((player) => this.route(player));
  }

  /** Call inside a click after `blocked`. */
  async unblock(): Promise<void> {
    await Promise.all([...this.players.values()].map((player) => player.play()));
  }

  private play(player: HTMLAudioElement): void {
    player.play().catch((error: DOMException) => error.name === "NotAllowedError" && this.blocked());
  }

  private route(player: HTMLAudioElement): void {
    const { sink } = this;
    if (!player.setSinkId || (player.sinkId ?? "") === sink) return;
    player.setSinkId(sink).catch((error: DOMException) => {
      // A player that was taken away meanwhile says nothing of the loudspeaker.
      if (sink === "" || this.sink !== sink || !player.isConnected || error.name === "NotAllowedError") return;
      this.setSink("");
      this.refused();
    });
  }
}
