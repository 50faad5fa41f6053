/** The live session: joins, comes back after every kind of loss, and shows who is here and what they send. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowReactive, shallowRef } from "vue";
import { OfflineError, ServerError } from "@/protocol/errors";
import type {
  Part, ParticipantView, ProducerView, QualityLevel, RecordingState, SnapshotView, StillView, StrokeView, Track,
} from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { Ladder, withheld, type LadderStep } from "@/rtc/ladder";
import { Neighbours } from "@/rtc/neighbours";
import { Playout } from "@/rtc/playout";
import { Room, type Emit } from "@/rtc/room";
import { describe, takeStill as photograph } from "@/rtc/stills";
import { Board, type Pen } from "@/state/board";
import { useDevices } from "@/state/devices";
import { Exchange } from "@/state/exchange";
import { localPictures, remotePictures, upsert, type Picture } from "@/state/pictures";
import { Sources } from "@/state/sources";

export type { Picture };

export type Phase = "idle" | "joining" | "live" | "reconnecting" | "superseded" | "failed";

/** What people send from the start, by part; a clerk's document camera is a second picture. */
const USUAL: Readonly<Partial<Record<Part, readonly Track[]>>> = {
  clerk: ["microphone", "camera", "document_camera"],
  citizen: ["microphone", "camera"],
  specialist: ["microphone", "camera"],
  consultant: ["microphone", "camera"],
};
/** Time before a failed rejoin is tried again, in ms. */
const REJOIN_AFTER_MS = 2_000;
/** Refusals of a rejoin that no later attempt changes: the call ended, or went on with somebody else. */
const OVER: readonly string[] = ["not_in_call", "bad_state", "call_not_found"];

const emit: Emit = (name, body) => signal.emitCommand(name, body);

export const useSession = defineStore("session", () => {
  const phase = ref<Phase>("idle");
  const error = shallowRef<unknown>(null);
  const callId = ref<string | null>(null);
  const meId = ref<string | null>(null);
  const generation = ref<number | null>(null);
  const participants = shallowRef<ParticipantView[]>([]);
  const producers = shallowRef<ProducerView[]>([]);
  const speakingId = ref<string | null>(null);
  const recording = ref<RecordingState>("off");
  const recordingReason = ref<string | null>(null);
  const quality = ref<Record<string, QualityLevel>>({});
  const networkStep = ref<LadderStep>("full");
  const mediaHurt = ref(false);
  const wasSharing = ref(false);
  const loudspeaker = ref<{ on: boolean; reason: "neighbour" | null }>({ on: true, reason: null });
  const soundBlocked = ref(false);
  const floating = ref(false);
  /** Set when somebody turned the loudspeaker by hand: the neighbour rule keeps out of it from then on. */
  const loudspeakerChosen = ref(false);

  const streams = shallowReactive(new Map<string, MediaStream>());
  const sources = new Sources(() => (floating.value = wasSharing.value = false));
  const board = new Board();
  const exchange = new Exchange(here, () => meId.value);
  const neighbours = new Neighbours();
  const playout = new Playout(() => (soundBlocked.value = true));
  let ladder = new Ladder();
  let ladderTimer: ReturnType<typeof setTimeout> | null = null;
  let rejoinTimer: ReturnType<typeof setTimeout> | null = null;
  let room: Room | null = null;
  let epoch: string | null = null;
  let joining: Promise<void> | null = null;

  const others = computed(() => participants.value.filter(({ participant_id: id }) => id !== meId.value));
  const me = computed(() => participants.value.find(({ participant_id: id }) => id === meId.value) ?? null);
  const network = computed<QualityLevel | "reconnecting">(() => {
    if (phase.value === "reconnecting" || mediaHurt.value) return "reconnecting";
    return quality.value[meId.value ?? ""] ?? "good";
  });
  const pictures = computed<Picture[]>(() => {
    const withheldNow = withheld(networkStep.value);
    const people = { participants: participants.value, producers: producers.value, meId: meId.value };
    return [...remotePictures(people, streams), ...localPictures(people, sources, withheldNow)];
  });

  /** Join this call, or come back into it; calling it again while joined changes nothing. */
  async function join(id: string): Promise<void> {
    if (callId.value === id && (phase.value === "live" || phase.value === "reconnecting")) return;
    if (joining && callId.value === id) return joining;
    if (callId.value !== id) reset(id);
    phase.value = "joining";
    await enter();
  }

  /** Take this call over again after another window had it. */
  async function takeBack(): Promise<void> {
    if (phase.value !== "superseded" || !callId.value) return;
    phase.value = "joining";
    await enter();
  }

  function enter(): Promise<void> {
    joining ??= enterOnce().finally(() => (joining = null));
    return joining;
  }

  async function enterOnce(): Promise<void> {
    const id = callId.value;
    if (!id) return;
    try {
      const held = room ? { generation: generation.value, epoch } : {};
      const snapshot = await signal.emitCommand("call.join", { call_id: id, ...held });
      if (callId.value !== id) return;
      await settle(snapshot);
      phase.value = "live";
      error.value = null;
    } catch (reason) {
      if (callId.value !== id) return;
      error.value = reason;
      if (reason instanceof OfflineError) phase.value = "reconnecting";
      else if (generation.value === null) phase.value = "failed";
      else if (reason instanceof ServerError && OVER.includes(reason.code)) leave();
      else scheduleRejoin();
    }
  }

  /** Show the snapshot; keep the transports when they outlived the loss, else build new ones. */
  async function settle(snapshot: SnapshotView): Promise<void> {
    const alive = room !== null && generation.value === snapshot.generation && epoch === snapshot.media.epoch;
    meId.value = snapshot.participant_id;
    generation.value = snapshot.generation;
    epoch = snapshot.media.epoch;
    participants.value = snapshot.participants;
    producers.value = snapshot.producers;
    exchange.restore(snapshot);
    recording.value = snapshot.call.recording;
    recordingReason.value = snapshot.call.recording_reason;
    quality.value = Object.fromEntries(
      snapshot.participants.flatMap(({ participant_id: who, quality: level }) => (level ? [[who, level]] : [])),
    );
    board.reset(snapshot.strokes);
    wasSharing.value = snapshot.was_sharing && !sources.tracks.has("desktop");
    if (alive) await room?.heal();
    else await openRoom(snapshot);
    await receive();
  }

  async function openRoom(snapshot: SnapshotView): Promise<void> {
    closeRoom();
    const fresh = new Room(snapshot.call.call_id, emit, { remote, health }, useDevices().codec);
    room = fresh;
    mediaHurt.value = false;
    await fresh.start(snapshot.media);
    neighbours.enter(snapshot.call.call_id, hush);
    const part = snapshot.participants.find(({ participant_id: id }) => id === snapshot.participant_id)?.part;
    void sources.enter(fresh, snapshot.call.call_id, USUAL[part ?? "monitor"] ?? []);
  }

  /** Receive everything the others send, and stop receiving what they no longer send. */
  async function receive(): Promise<void> {
    const wanted = producers.value.filter(({ participant_id: id }) => id !== meId.value);
    const known = new Set(wanted.map(({ producer_id: id }) => id));
    room?.received().filter((id) => !known.has(id)).forEach((id) => room?.unsubscribe(id));
    await Promise.all(wanted.map((producer) => subscribe(producer)));
  }

  async function subscribe(producer: ProducerView): Promise<void> {
    if (producer.participant_id === meId.value) return;
    // A producer that ended meanwhile is refused; its removal arrives as an event of its own.
    await room?.subscribe(producer).catch(() => undefined);
  }

  function remote(producerId: string, track: MediaStreamTrack | null): void {
    if (!track) {
      playout.remove(producerId);
      streams.delete(producerId);
    } else if (track.kind === "audio") playout.add(producerId, track);
    else streams.set(producerId, markRaw(new MediaStream([track])));
  }

  function health(state: "connected" | "hurt" | "lost"): void {
    mediaHurt.value = state !== "connected";
    if (state === "lost") rebuild();
  }

  /** The transports are beyond repair: join as a new generation. */
  function rebuild(): void {
    closeRoom();
    if (!callId.value || phase.value === "superseded") return;
    phase.value = "reconnecting";
    if (signal.state === "connected") void enter();
  }

  function scheduleRejoin(): void {
    phase.value = "reconnecting";
    if (rejoinTimer !== null) clearTimeout(rejoinTimer);
    rejoinTimer = setTimeout(() => void enter(), REJOIN_AFTER_MS);
  }

  function closeRoom(): void {
    sources.detach();
    room?.close();
    room = null;
    playout.clear();
    streams.clear();
  }

  /** Leave the media and let all devices go; what was said and shown stays readable until the next session. */
  function leave(): void {
    if (rejoinTimer !== null) clearTimeout(rejoinTimer);
    if (ladderTimer !== null) clearTimeout(ladderTimer);
    rejoinTimer = ladderTimer = null;
    closeRoom();
    sources.leave();
    neighbours.leave();
    floating.value = false;
    wasSharing.value = false;
    producers.value = [];
    phase.value = "idle";
    callId.value = null;
    generation.value = null;
    epoch = null;
  }

  function reset(id: string): void {
    leave();
    callId.value = id;
    participants.value = [];
    exchange.clear();
    speakingId.value = null;
    recording.value = "off";
    networkStep.value = "full";
    mediaHurt.value = false;
    loudspeaker.value = { on: true, reason: null };
    loudspeakerChosen.value = false;
    playout.setMuted(false);
    playout.setSink(useDevices().chosen.speaker ?? "");
    ladder = new Ladder();
    board.reset([]);
  }

  async function setSource(name: Track, on: boolean): Promise<void> {
    const changing = sources.set(name, on);
    if (name !== "desktop") return changing;
    // The small window needs the same click as the picker, so it opens before anything is awaited.
    if (on) floating.value = true;
    await changing;
    if (sources.tracks.has("desktop")) wasSharing.value = false;
    else floating.value = false;
  }

  /** Change a device in mid-session; the others keep the same picture. */
  async function useDevice(name: Exclude<Track, "desktop">, deviceId: string): Promise<void> {
    useDevices().choose(name, deviceId);
    await sources.reopen(name);
  }

  function setLoudspeaker(on: boolean): void {
    loudspeakerChosen.value = true;
    loudspeaker.value = { on, reason: null };
    playout.setMuted(!on);
  }

  /** Two ends on one computer would howl: start silent and say why. */
  function hush(): void {
    if (loudspeakerChosen.value) return;
    loudspeaker.value = { on: false, reason: "neighbour" };
    playout.setMuted(true);
  }

  async function unblockSound(): Promise<void> {
    await playout.unblock();
    soundBlocked.value = false;
  }

  // Any click gives the page its right to sound back; nobody should have to look for the button.
  addEventListener("pointerdown", () => void (soundBlocked.value && unblockSound()), { capture: true, passive: true });

  async function takeStill(): Promise<StillView> {
    const source = sources.source("document_camera");
    if (!source) throw new Error("no document camera is open");
    return exchange.sendStill(source.still ? await describe(await source.still()) : await photograph(source.track));
  }

  function stroke(producerId: string, strokeId: string, points: [number, number][], pen: Pen): void {
    board.draw(here(), meId.value ?? "", producerId, strokeId, points, pen);
  }

  function pointer(producerId: string, x: number | null, y: number | null): void {
    if (callId.value) board.point(callId.value, producerId, x, y);
  }

  async function clearStrokes(producerId: string): Promise<void> {
    board.clear(producerId);
    await signal.emitCommand("annotation.clear", { call_id: here(), producer_id: producerId });
  }

  function here(): string {
    if (!callId.value) throw new Error("not in a session");
    return callId.value;
  }

  function weigh(level: QualityLevel): void {
    ladder.report(level, Date.now());
    step();
  }

  function step(): void {
    if (ladder.handleTimeout(Date.now())) {
      networkStep.value = ladder.step;
      void sources.withhold(withheld(ladder.step));
    }
    if (ladderTimer !== null) clearTimeout(ladderTimer);
    const wait = ladder.nextDeadline() - Date.now();
    ladderTimer = Number.isFinite(wait) ? setTimeout(step, Math.max(0, wait)) : null;
  }

  /** Listen only to the call this page is in. */
  function ours<E extends { call_id: string }>(handle: (event: E) => void): (event: E) => void {
    return (event) => {
      if (event.call_id === callId.value) handle(event);
    };
  }

  signal.on("welcome", () => {
    if (callId.value && (phase.value === "live" || phase.value === "reconnecting")) void enter();
  });
  signal.onState((state) => {
    if (state === "disconnected" && phase.value === "live") phase.value = "reconnecting";
    if (state === "idle" && callId.value) leave();
  });
  signal.on("superseded", ours(() => {
    closeRoom();
    sources.leave();
    phase.value = "superseded";
  }));
  signal.on("media.restarted", ours(rebuild));
  signal.on("call.changed", ours((view) => {
    recording.value = view.recording;
    recordingReason.value = view.recording_reason;
    if (view.state !== "connected" && view.state !== "reconnecting") leave();
  }));
  signal.on("participant.changed", ours(({ participant }) => {
    participants.value = upsert(participants.value, participant, "participant_id");
  }));
  signal.on("producer.changed", ours(({ producer }) => {
    producers.value = upsert(producers.value, producer, "producer_id");
    void subscribe(producer);
  }));
  signal.on("producer.removed", ours(({ producer_id: gone }) => {
    producers.value = producers.value.filter(({ producer_id: id }) => id !== gone);
    room?.unsubscribe(gone);
    board.clear(gone);
  }));
  signal.on("consumer.closed", ours(({ producer_id: id }) => room?.unsubscribe(id)));
  signal.on("media.quality", ours(({ participant_id: id, level }) => {
    quality.value = { ...quality.value, [id]: level };
    if (id === meId.value) weigh(level);
  }));
  signal.on("media.speaker", ours(({ participant_id: id }) => (speakingId.value = id)));
  signal.on("recording.changed", ours((event) => {
    recording.value = event.state;
    recordingReason.value = event.reason;
  }));
  signal.on("chat.added", ours((event) => exchange.addChat(event.chat)));
  signal.on("card.added", ours((event) => exchange.addCard(event.card)));
  signal.on("still.added", ours((event) => exchange.addStill(event.still)));
  signal.on("annotation.stroke", ours(({ stroke: line }: { call_id: string; stroke: StrokeView }) => {
    if (line.participant_id !== meId.value) board.append(line);
  }));
  signal.on("annotation.cleared", ours((event) => board.clear(event.producer_id)));
  signal.on("annotation.pointer", ours((event) => {
    if (event.participant_id !== meId.value) board.moved(event);
  }));

  return {
    phase, error, callId, meId, generation, participants, others, me, producers, pictures,
    chat: exchange.chat, cards: exchange.cards, stills: exchange.stills, unreadChat: exchange.unreadChat, speakingId, recording, recordingReason, quality, network, networkStep, wasSharing, loudspeaker,
    soundBlocked, floating, sources: sources.states,
    join, takeBack, leave, setSource, useDevice, setLoudspeaker, unblockSound, takeStill,
    sendChat: (text: string) => exchange.sendChat(text),
    pushGuide: (itemCode: string) => exchange.pushGuide(itemCode),
    pushText: (title: string, body: string) => exchange.pushText(title, body),
    stroke, pointer, clearStrokes,
    strokes: (producerId: string) => board.strokes(producerId),
    pointers: (producerId: string) => board.pointer(producerId),
    markChatRead: () => (exchange.unreadChat.value = 0),
    openFloating: () => (floating.value = true),
    closeFloating: () => (floating.value = false),
    statistics: () => room?.stats() ?? Promise.resolve([]),
  };
});
