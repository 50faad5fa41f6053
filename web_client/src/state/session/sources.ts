/** My own tracks in a session: opened one by one, so that a lost camera never takes the microphone along. */
import { reactive, shallowReactive } from "vue";
import type { Track } from "@/protocol/generated";
import { displaySurface, openDesktop } from "@/rtc/capture";
import { failureOf, type FailureCode } from "@/rtc/failures";
import type { Room } from "@/rtc/room";
import { useDevices, type OpenSource } from "@/state/devices";

export interface SourceState {
  state: "off" | "starting" | "on" | "muted" | "lost";
  failure: FailureCode | null;
  label: string;
}

export const TRACKS: readonly Track[] = ["microphone", "camera", "document_camera", "desktop"];
const STORAGE_KEY = "bangban.sources";

type Wanted = Partial<Record<Track, boolean>>;

/** Which sources this tab had on in a call, so that a reload brings back what was on and leaves off what was off. */
function remember(callId: string, wanted: Wanted): void {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ callId, wanted }));
}

function recall(callId: string): Wanted {
  const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}") as { callId?: string; wanted?: Wanted };
  return stored.callId === callId ? (stored.wanted ?? {}) : {};
}

export class Sources {
  readonly states = reactive(
    Object.fromEntries(TRACKS.map((name) => [name, { state: "off", failure: null, label: "" }])) as unknown as Record<
      Track,
      SourceState
    >,
  );
  /** My open tracks, for the small pictures of myself. */
  readonly tracks = shallowReactive(new Map<Track, MediaStreamTrack>());
  private readonly open = new Map<Track, OpenSource>();
  private readonly jobs = new Map<Track, Promise<void>>();
  private withheld: readonly Track[] = [];
  private room: Room | null = null;
  private callId = "";
  private wanted: Wanted = {};

  /** `desktopEnded` runs when the person stops sharing in the browser's own bar. */
  constructor(private readonly desktopEnded: () => void) {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.recover());
  }

  /** Publish everything that is open into a new room, and open what this tab had on before. */
  async enter(room: Room, callId: string, usual: readonly Track[]): Promise<void> {
    this.room = room;
    this.callId = callId;
    this.wanted = recall(callId);
    const names = TRACKS.filter((name) => name !== "desktop" && (this.wanted[name] ?? usual.includes(name)));
    const publishing = [...this.open.keys()].map((name) => this.queue(name, () => this.publish(name)));
    const opening = names.filter((name) => !this.open.has(name)).map((name) => this.set(name, true));
    await Promise.all([...publishing, ...opening]);
  }

  /** Turn a source on or off. A muted microphone keeps its device; a camera that is off lets it go (its light goes out). */
  set(name: Track, on: boolean): Promise<void> {
    if (name === "desktop") return on ? this.startDesktop() : this.queue(name, () => this.release(name));
    this.wanted = { ...this.wanted, [name]: on };
    remember(this.callId, this.wanted);
    if (on) return this.queue(name, () => this.turnOn(name));
    return this.queue(name, () => (name === "microphone" ? this.mute(name, true) : this.release(name)));
  }

  /** Change the device of a kind in mid-session: same producer, other camera. */
  reopen(name: Exclude<Track, "desktop">): Promise<void> {
    return this.queue(name, async () => {
      if (this.states[name].state === "off") return;
      this.drop(name);
      await this.turnOn(name);
    });
  }

  /** Tracks not sent while the network is weak; they come back by themselves. */
  async withhold(names: readonly Track[]): Promise<void> {
    this.withheld = names;
    await Promise.all([...this.open.keys()].map((name) => this.applyPause(name)));
  }

  source(name: Track): OpenSource | undefined {
    return this.open.get(name);
  }

  /** The session is over: let every device go. */
  leave(): void {
    this.room = null;
    TRACKS.forEach((name) => this.drop(name));
    this.wanted = {};
  }

  /** The room is gone but the session goes on: keep the devices open for the next room. */
  detach(): void {
    this.room = null;
  }

  /** One thing at a time per source; kinds do not wait for each other. */
  private queue(name: Track, job: () => Promise<void>): Promise<void> {
    const next = (this.jobs.get(name) ?? Promise.resolve()).catch(() => undefined).then(job);
    this.jobs.set(name, next);
    return next;
  }

  private async turnOn(name: Exclude<Track, "desktop">): Promise<void> {
    if (this.open.has(name)) return this.mute(name, false);
    this.become(name, "starting");
    try {
      const source = await useDevices().open(name);
      if (!source) return this.become(name, "off");
      this.adopt(name, source);
      await this.publish(name);
    } catch (error) {
      this.become(name, "off", failureOf(error));
    }
  }

  /** The picker needs the click's right at once: nothing may be awaited before it opens. */
  private startDesktop(): Promise<void> {
    const picking = openDesktop();
    this.become("desktop", "starting");
    return this.queue("desktop", async () => {
      try {
        const track = await picking;
        const stop = () => track.stop();
        this.drop("desktop");
        this.adopt("desktop", { track, label: track.label, deviceId: "", stop });
        await this.publish("desktop");
      } catch (error) {
        const failure = failureOf(error, "screen");
        this.become("desktop", this.open.has("desktop") ? "on" : "off", failure === "cancelled" ? null : failure);
      }
    });
  }

  private adopt(name: Track, source: OpenSource): void {
    this.open.set(name, source);
    this.tracks.set(name, source.track);
    this.states[name].label = source.label;
    source.track.addEventListener("ended", () => this.ended(name, source));
    this.become(name, "on");
  }

  private async publish(name: Track): Promise<void> {
    const source = this.open.get(name);
    if (!source || !this.room) return;
    const about = { label: source.label, displaySurface: name === "desktop" ? displaySurface(source.track) : null };
    await this.room.publish(name, source.track, about);
    await this.applyPause(name);
  }

  private async mute(name: Track, muted: boolean): Promise<void> {
    if (!this.open.has(name)) return;
    this.become(name, muted ? "muted" : "on");
    await this.applyPause(name);
  }

  private async applyPause(name: Track): Promise<void> {
    const paused = this.states[name].state === "muted" || this.withheld.includes(name);
    await this.room?.setPaused(name, paused);
  }

  /** The device was pulled out, or the share was ended in the browser's bar. */
  private ended(name: Track, source: OpenSource): void {
    if (this.open.get(name) !== source) return;
    void this.queue(name, () => this.release(name));
    if (name === "desktop") this.desktopEnded();
    else this.become(name, "lost", "unplugged");
  }

  private async release(name: Track): Promise<void> {
    const lost = this.states[name].state === "lost";
    this.drop(name);
    if (lost) this.become(name, "lost", "unplugged");
    await this.room?.unpublish(name);
  }

  private drop(name: Track): void {
    this.open.get(name)?.stop();
    this.open.delete(name);
    this.tracks.delete(name);
    this.become(name, "off");
  }

  /** A device was plugged in: bring back what was lost. */
  private recover(): void {
    for (const name of TRACKS) {
      if (name !== "desktop" && this.states[name].state === "lost") void this.set(name, true);
    }
  }

  private become(name: Track, state: SourceState["state"], failure: FailureCode | null = null): void {
    this.states[name].state = state;
    this.states[name].failure = failure;
  }
}
