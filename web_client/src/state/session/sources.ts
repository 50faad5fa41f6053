/**
 * My own tracks in a session: opened one by one, so that a lost camera never takes the microphone along.
 *
 * What a device's fate means is decided by `rtc/deviceTable`; here it is done.
 */
import { reactive, shallowReactive } from "vue";
import { NoAnswerError } from "@/protocol/errors";
import type { Track } from "@/protocol/generated";
import { displaySurface, openDesktop } from "@/rtc/capture";
import type { DeviceKind } from "@/rtc/constraints";
import { ON_EVENT, SILENT_AFTER_MS, WHILE_FAILED, waitBefore, type Chance, type DeviceEvent } from "@/rtc/deviceTable";
import { failureOf, type FailureCode } from "@/rtc/failures";
import type { Staged } from "@/rtc/effects/stage";
import type { Flow } from "@/rtc/publications";
import type { Room } from "@/rtc/room";
import { useDevices, type OpenSource } from "@/state/devices";
import { watchChances } from "@/state/session/chances";
import { Hearing } from "@/state/session/hearing";
import { Stages } from "@/state/session/stages";
import { Timers } from "@/state/session/timers";
import { recall, remember, type Wanted } from "@/state/session/wanted";

export interface SourceState {
  /** `muted` by its owner, `silenced` by the system, `lost` and waited for. */
  state: "off" | "starting" | "on" | "muted" | "silenced" | "lost";
  failure: FailureCode | null;
  /** The device stands in for the chosen one. */
  instead: boolean;
  /** It gives nothing at all though nobody muted it. */
  flat: boolean;
  label: string;
}

export const TRACKS: readonly Track[] = ["microphone", "camera", "document_camera", "desktop"];
const DEVICES = TRACKS.filter((name): name is DeviceKind => name !== "desktop");

async function pickedDesktop(): Promise<OpenSource> {
  const track = await openDesktop();
  return { track, label: "", deviceId: "", stop: () => track.stop() };
}

const NOTHING: SourceState = { state: "off", failure: null, instead: false, flat: false, label: "" };

export class Sources {
  readonly states = reactive(
    Object.fromEntries(TRACKS.map((name) => [name, { ...NOTHING }])) as unknown as Record<Track, SourceState>,
  );
  /** My open tracks, for the small pictures of myself. */
  readonly tracks = shallowReactive(new Map<Track, MediaStreamTrack>());
  private readonly open = new Map<Track, OpenSource>();
  private jobs = new Map<Track, Promise<void>>();
  private withheld: readonly Track[] = [];
  /** Sources that the system silences. */
  private readonly silent = new Set<Track>();
  /** Sources that were open in this session: what is missing now was pulled out. */
  private readonly had = new Set<Track>();
  /** Tries that only time made worth it, since the source was had or asked for last. */
  private readonly tries = new Map<Track, number>();
  private readonly retries = new Timers<Track>();
  private readonly silences = new Timers<Track>();
  private readonly hearing = new Hearing();
  readonly stages = new Stages((name) => this.restaged(name), (name) => this.rewished(name));
  /** The picker is open: a second click opens no second one. */
  private picking: Promise<void> | null = null;
  private room: Room | null = null;
  private callId = "";
  private wanted: Wanted = {};
  /** Counts sessions: a device that opens after its session was left is let go at once. */
  private session = 0;

  /** `desktopEnded` runs when the person stops sharing in the browser's own bar. */
  constructor(private readonly desktopEnded: () => void) {
    watchChances((chance, kinds) => this.look(chance, kinds));
  }

  /** Send everything that is open into a new room, and open what this tab had on before. */
  enter(room: Room, callId: string, usual: readonly Track[]): void {
    this.room = room;
    this.callId = callId;
    this.wanted = recall(callId);
    this.resend();
    const closed = DEVICES.filter((name) => !this.open.has(name));
    closed.filter((name) => this.wanted[name] ?? usual.includes(name)).forEach((name) => void this.set(name, true));
  }

  /** Send again what is open and not sent: what was lost on the way, or belongs into a new room. */
  resend(): void {
    [...this.open.keys()].forEach((name) => void this.queue(name, () => this.send(name)));
  }

  /** Turn a source on or off. A muted microphone keeps its device; a camera that is off lets it go (its light goes out). */
  set(name: Track, on: boolean): Promise<void> {
    if (name === "desktop") return on ? this.startDesktop() : this.queue(name, () => this.release(name));
    this.tries.delete(name);
    if (on && this.states[name].failure !== null) useDevices().anyWillDo(name);
    this.wanted = { ...this.wanted, [name]: on };
    remember(this.callId, this.wanted);
    if (on) return this.queue(name, () => this.turnOn(name));
    return this.queue(name, () => (name === "microphone" ? this.mute() : this.release(name)));
  }

  /** Change the device of a kind in mid-session: same producer, other camera; a muted microphone stays muted. */
  reopen(name: DeviceKind): Promise<void> {
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
    await Promise.all([...this.open.keys()].map((name) => this.room?.setFlow(name, this.flow(name))));
  }

  source(name: Track): OpenSource | undefined {
    return this.open.get(name);
  }

  /** The session is over: let every device go, those too that are still being opened. */
  leave(): void {
    this.session += 1;
    this.room = null;
    this.jobs = new Map();
    this.retries.clear();
    TRACKS.forEach((name) => this.drop(name));
    this.withheld = [];
    this.wanted = {};
    this.picking = null;
    this.had.clear();
    this.tries.clear();
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

  private async turnOn(name: DeviceKind): Promise<void> {
    if (!this.open.has(name)) return this.openDevice(name);
    this.show(name);
    await this.send(name);
  }

  private async mute(): Promise<void> {
    if (!this.open.has("microphone")) return;
    this.show("microphone");
    await this.send("microphone");
  }

  /** Open a device as it is wanted when it has opened: a prompt may take long, and the person change their mind. */
  private async openDevice(name: DeviceKind, byItself = false): Promise<void> {
    const { session } = this;
    // Tried again by itself, it keeps on saying what is wrong.
    if (!byItself) this.become(name, "starting");
    try {
      const source = await useDevices().open(name);
      if (session !== this.session) return source?.stop();
      if (source && this.keeps(name)) await this.adopt(name, source);
      else source?.stop();
      if (session !== this.session) return;
      if (!this.open.has(name)) return this.had.has(name) && this.keeps(name) ? this.failed(name, "missing") : this.become(name, "off");
    } catch (error) {
      if (session === this.session) this.failed(name, failureOf(error));
      return;
    }
    await this.send(name);
  }

  /** It could not be had: say why, and wait for what makes another try worth it. */
  private failed(name: Track, failure: FailureCode): void {
    const gone = failure === "missing" && this.had.has(name);
    if (gone) this.become(name, "lost", "unplugged");
    else this.become(name, "off", failure);
    const wait = waitBefore(gone ? "unplugged" : failure, this.tries.get(name) ?? 0);
    if (wait === null) return this.retries.stop(name);
    this.retries.start(name, wait, () => {
      this.tries.set(name, (this.tries.get(name) ?? 0) + 1);
      this.tryAgain(name, "time");
    });
  }

  /** Share something else as the desktop than what the browser's picker gives. */
  shareInstead(source: OpenSource): Promise<void> {
    return this.shareDesktop(Promise.resolve(source));
  }

  /** The picker needs the click's right at once: nothing may be awaited before it opens. */
  private startDesktop(): Promise<void> {
    this.picking ??= this.shareDesktop(pickedDesktop()).finally(() => (this.picking = null));
    return this.picking;
  }

  private shareDesktop(picking: Promise<OpenSource>): Promise<void> {
    const { session } = this;
    // Whoever left while the picker was open shares nothing.
    picking.then((source) => session !== this.session && source.stop(), () => undefined);
    this.become("desktop", "starting");
    return this.queue("desktop", async () => {
      try {
        const source = await picking;
        if (session !== this.session) return;
        this.drop("desktop");
        await this.adopt("desktop", source);
      } catch (error) {
        const failure = failureOf(error, "screen");
        if (session !== this.session) return;
        if (this.open.has("desktop")) this.show("desktop");
        else this.become("desktop", "off", failure === "cancelled" ? null : failure);
        return;
      }
      await this.send("desktop");
    });
  }

  /** Settles when it is to be sent: a face waits for its blurred background. */
  private adopt(name: Track, source: OpenSource): Promise<void> {
    const { track } = source;
    this.open.set(name, source);
    this.tracks.set(name, track);
    this.had.add(name);
    this.tries.delete(name);
    this.retries.stop(name);
    Object.assign(this.states[name], { label: source.label, flat: false });
    track.addEventListener("ended", () => this.happened(name, source, "ended"));
    track.addEventListener("mute", () => this.hush(name, source));
    track.addEventListener("unmute", () => this.happened(name, source, "heard"));
    this.show(name);
    if (track.muted) this.hush(name, source);
    const listens = () => this.states[name].state === "on";
    if (name === "microphone") this.hearing.begin(track, listens, (flat) => this.happened(name, source, flat ? "flat" : "stirred"));
    return this.stages.ready(name, this.stages.begin(name, track));
  }

  /** What is to be sent of a source is another track. */
  private restaged(name: Staged): void {
    const source = this.open.get(name);
    if (!source) return;
    this.tracks.set(name, this.stages.out(name, source.track));
    void this.queue(name, () => this.send(name));
  }

  /** A stage is wanted or no more: a microphone is opened anew, for the browser is to suppress its noise or to leave it. */
  private rewished(name: Staged): void {
    const source = this.open.get(name);
    if (!source) return;
    if (name === "microphone") return void this.queue(name, () => this.exchange(name, source));
    void this.stages.begin(name, source.track);
    this.restaged(name);
  }

  /** The track is muted: nobody is told of a moment. */
  private hush(name: Track, source: OpenSource): void {
    this.silences.start(name, SILENT_AFTER_MS, () => source.track.muted && this.happened(name, source, "silenced"));
  }

  /** Send what is open as it is to be: at once into a room that stands, else the next room takes it. */
  private async send(name: Track): Promise<void> {
    const source = this.open.get(name);
    const { room, session } = this;
    if (!source || !room) return;
    const about = { displaySurface: name === "desktop" ? (source.surface ?? displaySurface(source.track)) : null };
    try {
      await room.publish(name, this.stages.out(name, source.track), about, this.flow(name));
      await room.setFlow(name, this.flow(name)); // the network may have become weak meanwhile
    } catch (error) {
      if (session === this.session) this.sendFailed(name, source, room, error);
    }
  }

  /** A lost channel or room is made good by the session, an ended device by `ended`; anything else is said. */
  private sendFailed(name: Track, source: OpenSource, room: Room, error: unknown): void {
    if (error instanceof NoAnswerError || this.room !== room || source.track.readyState === "ended") return;
    this.drop(name);
    this.become(name, "off", "failed");
    void room.unpublish(name);
  }

  private flow(name: Track): Flow {
    const { state } = this.states[name];
    if (state === "silenced") return "silenced";
    return state === "muted" || this.withheld.includes(name) ? "paused" : "sent";
  }

  /** Do what the table says of what happened to an open source. */
  private happened(name: Track, source: OpenSource, event: DeviceEvent): void {
    if (this.open.get(name) !== source) return;
    const { next } = ON_EVENT[event];
    if (next === "lose") this.lose(name);
    else if (next === "hold") this.hold(name, true);
    else if (next === "release") this.hold(name, false);
    else if (next === "warn" || next === "calm") this.states[name].flat = next === "warn";
    else if (name !== "desktop") void this.queue(name, () => this.exchange(name, source));
  }

  /** Nothing comes from it, or something again: the others are told. */
  private hold(name: Track, silent: boolean): void {
    this.silences.stop(name);
    if (this.silent.has(name) === silent) return;
    if (silent) this.silent.add(name);
    else this.silent.delete(name);
    this.show(name);
    void this.room?.setFlow(name, this.flow(name));
  }

  private lose(name: Track): void {
    this.drop(name);
    void this.queue(name, async () => {
      if (!this.open.has(name)) await this.room?.unpublish(name);
    });
    if (name === "desktop") this.desktopEnded();
    else this.failed(name, "missing");
  }

  /** Take the better device once it is open; as long as it is not, the one that is there goes on. */
  private async exchange(name: DeviceKind, before: OpenSource): Promise<void> {
    const { session } = this;
    const source = await useDevices().open(name).catch(() => null);
    if (!source) return;
    if (session !== this.session || this.open.get(name) !== before) return source.stop();
    before.stop();
    this.silent.delete(name);
    await this.adopt(name, source);
    await this.send(name);
  }

  private async release(name: Track): Promise<void> {
    this.drop(name);
    await this.room?.unpublish(name);
  }

  private drop(name: Track): void {
    this.retries.stop(name);
    this.silences.stop(name);
    this.silent.delete(name);
    this.stages.end(name);
    if (name === "microphone") this.hearing.end();
    this.states[name].flat = false;
    this.open.get(name)?.stop();
    this.open.delete(name);
    this.tracks.delete(name);
    this.become(name, "off");
  }

  /** Something changed around the page: see what became of what is open, and try again what could not be had. */
  private look(chance: Chance, kinds: readonly DeviceKind[]): void {
    for (const [name, source] of [...this.open]) {
      if (source.track.readyState === "ended") this.happened(name, source, "ended");
      else if (name !== "desktop") this.askFate(name, source);
    }
    kinds.forEach((name) => this.tryAgain(name, chance));
  }

  private askFate(name: DeviceKind, source: OpenSource): void {
    const fate = useDevices().fateOf(name, source);
    if (fate) this.happened(name, source, fate);
  }

  /** Try what is wanted and could not be had, when this chance may have changed it. */
  private tryAgain(name: Track, chance: Chance): void {
    if (name === "desktop" || !this.hopes(name, chance)) return;
    void this.queue(name, async () => {
      if (this.hopes(name, chance)) await this.openDevice(name, true);
    });
  }

  private hopes(name: DeviceKind, chance: Chance): boolean {
    const { failure } = this.states[name];
    return failure !== null && !this.open.has(name) && this.keeps(name) && WHILE_FAILED[failure].chances.includes(chance);
  }

  /** Whether its device is to be open as things are wanted now: a muted microphone keeps it. */
  private keeps(name: DeviceKind): boolean {
    return name === "microphone" || this.wanted[name] !== false;
  }

  /** Say how an open source stands. */
  private show(name: Track): void {
    if (this.wanted[name] === false) this.become(name, "muted");
    else this.become(name, this.silent.has(name) ? "silenced" : "on");
  }

  private become(name: Track, state: SourceState["state"], failure: FailureCode | null = null): void {
    const instead = this.open.get(name)?.opening?.instead ?? false;
    Object.assign(this.states[name], { state, failure, instead });
  }
}
