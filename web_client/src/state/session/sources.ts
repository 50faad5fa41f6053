/** My own tracks in a session: opened one by one, so that a lost camera never takes the microphone along. */
import { reactive, shallowReactive } from "vue";
import { OfflineError } from "@/protocol/errors";
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

type Device = Exclude<Track, "desktop">;

export const TRACKS: readonly Track[] = ["microphone", "camera", "document_camera", "desktop"];
const STORAGE_KEY = "bangban.sources";
/** Failures that pass when the device is plugged in again, or given back by another program. */
const PASSING: readonly FailureCode[] = ["missing", "in_use"];

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
  private jobs = new Map<Track, Promise<void>>();
  private withheld: readonly Track[] = [];
  private room: Room | null = null;
  private callId = "";
  private wanted: Wanted = {};
  /** Counts sessions: a device that opens after its session was left is let go at once. */
  private session = 0;

  /** `desktopEnded` runs when the person stops sharing in the browser's own bar. */
  constructor(private readonly desktopEnded: () => void) {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.recover());
  }

  /** Send everything that is open into a new room, and open what this tab had on before. */
  enter(room: Room, callId: string, usual: readonly Track[]): void {
    this.room = room;
    this.callId = callId;
    this.wanted = recall(callId);
    this.resend();
    const devices = TRACKS.filter((name): name is Device => name !== "desktop" && !this.open.has(name));
    devices.filter((name) => this.wanted[name] ?? usual.includes(name)).forEach((name) => void this.set(name, true));
  }

  /** Send again what is open and not sent: what was lost on the way, or belongs into a new room. */
  resend(): void {
    [...this.open.keys()].forEach((name) => void this.queue(name, () => this.send(name)));
  }

  /** Turn a source on or off. A muted microphone keeps its device; a camera that is off lets it go (its light goes out). */
  set(name: Track, on: boolean): Promise<void> {
    if (name === "desktop") return on ? this.startDesktop() : this.queue(name, () => this.release(name));
    this.wanted = { ...this.wanted, [name]: on };
    remember(this.callId, this.wanted);
    if (on) return this.queue(name, () => this.turnOn(name));
    return this.queue(name, () => (name === "microphone" ? this.mute() : this.release(name)));
  }

  /** Change the device of a kind in mid-session: same producer, other camera; a muted microphone stays muted. */
  reopen(name: Device): Promise<void> {
    return this.queue(name, async () => {
      if (this.states[name].state === "off") return;
      this.drop(name);
      await this.openDevice(name);
      if (!this.open.has(name)) await this.room?.unpublish(name);
    });
  }

  /** Tracks not sent while the network is weak; they come back by themselves. */
  async withhold(names: readonly Track[]): Promise<void> {
    this.withheld = names;
    await Promise.all([...this.open.keys()].map((name) => this.room?.setPaused(name, this.paused(name))));
  }

  source(name: Track): OpenSource | undefined {
    return this.open.get(name);
  }

  /** The session is over: let every device go, those too that are still being opened. */
  leave(): void {
    this.session += 1;
    this.room = null;
    this.jobs = new Map();
    TRACKS.forEach((name) => this.drop(name));
    this.withheld = [];
    this.wanted = {};
  }

  /** The room is gone but the session goes on: keep the devices open for the next room. */
  detach(): void {
    this.room = null;
  }

  /** One thing at a time per source; kinds do not wait for each other. What waits when the session is left is not done. */
  private queue(name: Track, job: () => Promise<void>): Promise<void> {
    const { session } = this;
    const next = (this.jobs.get(name) ?? Promise.resolve()).catch(() => undefined).then(() => {
      if (session === this.session) return job();
    });
    this.jobs.set(name, next);
    return next;
  }

  private async turnOn(name: Device): Promise<void> {
    if (!this.open.has(name)) return this.openDevice(name);
    this.become(name, "on");
    await this.send(name);
  }

  private async mute(): Promise<void> {
    if (!this.open.has("microphone")) return;
    this.become("microphone", "muted");
    await this.send("microphone");
  }

  /** Open a device as it is wanted when it has opened: a prompt may take long, and the person change their mind. */
  private async openDevice(name: Device): Promise<void> {
    const { session } = this;
    this.become(name, "starting");
    try {
      const source = await useDevices().open(name);
      if (session !== this.session) return source?.stop();
      if (source && this.keeps(name)) this.adopt(name, source, this.wanted[name] === false ? "muted" : "on");
      else source?.stop();
      if (!this.open.has(name)) return this.become(name, "off");
    } catch (error) {
      if (session === this.session) this.become(name, "off", failureOf(error));
      return;
    }
    await this.send(name);
  }

  /** The picker needs the click's right at once: nothing may be awaited before it opens. */
  private startDesktop(): Promise<void> {
    const { session } = this;
    const picking = openDesktop();
    // Whoever left while the picker was open shares nothing.
    picking.then((track) => session !== this.session && track.stop(), () => undefined);
    this.become("desktop", "starting");
    return this.queue("desktop", async () => {
      try {
        const track = await picking;
        if (session !== this.session) return;
        this.drop("desktop");
        this.adopt("desktop", { track, label: track.label, deviceId: "", stop: () => track.stop() }, "on");
      } catch (error) {
        const failure = failureOf(error, "screen");
        const state = this.open.has("desktop") ? "on" : "off";
        if (session === this.session) this.become("desktop", state, failure === "cancelled" ? null : failure);
        return;
      }
      await this.send("desktop");
    });
  }

  private adopt(name: Track, source: OpenSource, state: "on" | "muted"): void {
    this.open.set(name, source);
    this.tracks.set(name, source.track);
    this.states[name].label = source.label;
    source.track.addEventListener("ended", () => this.ended(name, source));
    this.become(name, state);
  }

  /** Send what is open as it is to be: at once into a room that stands, else the next room takes it. */
  private async send(name: Track): Promise<void> {
    const source = this.open.get(name);
    const { room, session } = this;
    if (!source || !room) return;
    const about = { label: source.label, displaySurface: name === "desktop" ? displaySurface(source.track) : null };
    try {
      await room.publish(name, source.track, about, this.paused(name));
      await room.setPaused(name, this.paused(name)); // the network may have become weak meanwhile
    } catch (error) {
      if (session === this.session) this.sendFailed(name, source, room, error);
    }
  }

  /** A lost channel or room is made good by the session, an ended device by `ended`; anything else is said. */
  private sendFailed(name: Track, source: OpenSource, room: Room, error: unknown): void {
    if (error instanceof OfflineError || this.room !== room || source.track.readyState === "ended") return;
    this.drop(name);
    this.become(name, "off", "failed");
    void room.unpublish(name);
  }

  private paused(name: Track): boolean {
    return this.states[name].state === "muted" || this.withheld.includes(name);
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

  /** A device was plugged in: bring back what was lost, as it was wanted. */
  private recover(): void {
    for (const name of TRACKS) {
      if (name !== "desktop" && this.states[name].state === "lost") void this.queue(name, () => this.bringBack(name));
    }
  }

  private async bringBack(name: Device): Promise<void> {
    const now = this.states[name];
    if (now.state !== "lost") return;
    await this.openDevice(name);
    // It is not there yet: the next device that comes may be it.
    const later = now.failure === null || PASSING.includes(now.failure);
    if (!this.open.has(name) && this.keeps(name) && later) this.become(name, "lost", "unplugged");
  }

  /** Whether its device is to be open as things are wanted now: a muted microphone keeps it. */
  private keeps(name: Device): boolean {
    return name === "microphone" || this.wanted[name] !== false;
  }

  private become(name: Track, state: SourceState["state"], failure: FailureCode | null = null): void {
    this.states[name].state = state;
    this.states[name].failure = failure;
  }
}
