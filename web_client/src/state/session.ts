/** The live session as pages see it: its parts, each in a file of `session/`, and the events that reach them. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, watch } from "vue";
import type { CallView, ControlScope, FileView, LadderStep, OnceKind, ProducerView, Quality, RecordingState, RecordKind, SnapshotView, StillView, Track } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import type { Row } from "@/rtc/network/figures";
import { sessionSize } from "@/rtc/constraints";
import type { SampleSource } from "@/rtc/samples";
import { describe, takeStill as photograph } from "@/rtc/stills";
import { useAuth } from "@/state/auth";
import { useDevices } from "@/state/devices";
import { AttentionWatch } from "@/state/session/attention";
import { Attendance } from "@/state/session/attendance";
import { Board, type Pen } from "@/state/session/board";
import { ControlStand } from "@/state/session/control";
import { Controlling } from "@/state/session/controlling";
import { Earlier } from "@/state/session/earlier";
import { Exchange } from "@/state/session/exchange";
import { LineReports } from "@/state/session/lineReports";
import { Loudspeaker } from "@/state/session/loudspeaker";
import { SessionMedia } from "@/state/session/media";
import { localPictures, remotePictures, type Picture } from "@/state/session/pictures";
import type { Phase } from "@/state/session/phases";
import { Roster, lineOf, worst } from "@/state/session/roster";
import { Sharing } from "@/state/session/sharing";
import { Sources } from "@/state/session/sources";
import { Thrift, isLeftOut, type Way } from "@/state/session/thrift";

export type { Phase, Picture };

export const useSession = defineStore("session", () => {
  /** The call that this page is on its way out of, until the page is gone. */
  let leaving: string | null = null;
  const transports = { holdsMedia: () => media.whole, closeMedia: () => media.close() };
  const attendance = new Attendance({ begin, settle, yieldSession, end, ...transports });
  const here = () => attendance.here();
  const roster = new Roster();
  const sharing = new Sharing();
  const sources = new Sources(() => sharing.end());
  const loudspeaker = new Loudspeaker();
  const media = new SessionMedia(roster, sources, loudspeaker, () => attendance.mediaLost());
  const thrift = new Thrift({
    send: (step) => media.send(step),
    receiveAt: (step) => media.receiveAt(step),
    tell: async (sending, receiving) => signal.emitCommand("media.tell_ladder", { call_id: here(), sending, receiving }),
    sample: async () => ({ rows: (await media.statistics()).flatMap(rowsOf), askedBps: media.askedBps() }),
    sentBadly: () => roster.others.value.some(({ participant_id: id }) => roster.lines.value[id]?.uplink === "bad"),
    producerOf: (consumerId) => media.producerOf(consumerId),
  });
  const exchange = new Exchange(here, () => roster.meId.value);
  const board = new Board(here, () => roster.meId.value);
  const lineReports = new LineReports(
    () => media.statistics(),
    (told) => signal.emitCommand("media.report_lines", { call_id: here(), ...told }),
  );
  const attention = new AttentionWatch();
  const control = new ControlStand(here);
  const controlling = markRaw(new Controlling(here, () => useAuth().freshToken()));
  const earlier = new Earlier(here, (page) => {
    exchange.prepend(page);
    board.prepend(page.strokes);
  });
  const recording = ref<RecordingState>("off");
  const recordingReason = ref<string | null>(null);

  const network = computed<Quality | "reconnecting">(() => {
    return attendance.phase.value === "reconnecting" || media.hurt.value ? "reconnecting" : worst(roster.myLine());
  });
  const pictures = computed<Picture[]>(() => {
    const people = { participants: roster.participants.value, producers: roster.producers.value, meId: roster.meId.value };
    const isHeld = (producer: ProducerView) => thrift.held.value.has(producer.producer_id) || isLeftOut(thrift.pins.value, producer.track);
    return [...remotePictures(people, media.streams, isHeld), ...localPictures(people, sources, thrift.withheld())];
  });

  function begin(): void {
    roster.clear();
    exchange.clear();
    attention.clear();
    control.clear();
    earlier.clear();
    board.reset([]);
    recorded("off", null);
    media.hurt.value = false;
    thrift.reset();
    loudspeaker.reset();
  }

  async function settle(snapshot: SnapshotView, kept: boolean): Promise<void> {
    roster.restore(snapshot);
    earlier.restore(snapshot.earlier, exchange.restore(snapshot));
    board.reset(snapshot.strokes);
    if (!kept) sharing.restore(snapshot, sources);
    thrift.enter(snapshot.call.call_id, roster.me.value);
    recorded(snapshot.call.recording, snapshot.call.recording_reason);
    void control.read();
    lineReports.start();
    await (kept ? media.resume() : media.build(snapshot));
    earlier.readOn();
  }

  /** Let media and devices go, and be no neighbour to whoever has the session now. */
  function yieldSession(): void {
    thrift.stop();
    lineReports.stop();
    board.stop();
    earlier.stop();
    media.close();
    sources.leave();
    loudspeaker.leave();
    sharing.end();
  }

  /** What was said and shown stays readable until the next session. */
  function end(): void {
    yieldSession();
    roster.end();
    control.clear();
  }

  function recorded(state: RecordingState, reason: string | null): void {
    recording.value = state;
    recordingReason.value = reason;
  }

  function callChanged(view: CallView): void {
    recorded(view.recording, view.recording_reason);
    if (view.state !== "connected" && view.state !== "reconnecting") attendance.leave();
  }

  /** Be in this call; harmless when asked again. */
  function join(id: string): void {
    if (id !== leaving) attendance.join(id);
  }

  function leave(): void {
    leaving = null;
    attendance.leave();
  }

  /** Leave with the page, which stays a moment longer: news of the call that come meanwhile take nobody back in. */
  function stepOut(): void {
    leaving = attendance.callId.value;
    attendance.leave();
  }

  function setSource(name: Track, on: boolean): Promise<void> {
    return name === "desktop" ? sharing.set(on, sources) : sources.set(name, on);
  }

  /** Share the practice PC as the desktop. */
  function sharePractice(source: SampleSource): Promise<void> {
    sharing.interrupted.value = false;
    return sources.shareInstead({ ...source, label: "", deviceId: "", surface: "practice" });
  }

  /** Change a device in mid-session; the others keep the same picture. */
  async function useDevice(name: Exclude<Track, "desktop">, deviceId: string): Promise<void> {
    useDevices().choose(name, deviceId);
    await sources.reopen(name);
  }

  async function takeStill(): Promise<StillView> {
    const source = sources.source("document_camera");
    if (!source) throw new Error("no document camera is open");
    const callId = here();
    const before = recording.value === "paused";
    const anew = () => void (sources.source("document_camera") === source && sources.reopen("document_camera"));
    const still = source.still ? await describe(await source.still()) : await photograph(source.track, sessionSize("document_camera"), anew);
    return exchange.sendStill(callId, still, before || recording.value === "paused");
  }

  async function sendFile(onceId: string, file: File): Promise<FileView> {
    return exchange.sendFile(here(), onceId, file);
  }

  function pointer(producerId: string, x: number | null, y: number | null): void {
    if (attendance.callId.value) board.point(producerId, x, y);
  }

  /** What was granted to this page is held by it; a page that another one has superseded holds nothing. */
  watch([control.current, attendance.phase], ([granted, phase]) => {
    const mine = granted && roster.isMe(granted.participant_id) && phase !== "superseded";
    controlling.follow(mine ? granted : null);
  });

  /** Listen only to the call this page is in. */
  function ours<E extends { call_id: string }>(handle: (event: E) => void): (event: E) => void {
    return (event) => {
      if (event.call_id === attendance.callId.value) handle(event);
    };
  }

  signal.onState((state) => attendance.channelChanged(state));
  signal.on("welcome", () => attendance.welcomed());
  signal.on("superseded", ours(() => attendance.superseded()));
  signal.on("media.restarted", ours(() => attendance.rebuild()));
  signal.on("call.changed", ours(callChanged));
  signal.on("recording.changed", ours((event) => recorded(event.state, event.reason)));
  signal.on("participant.changed", ours((event) => roster.changeParticipant(event.participant)));
  signal.on("participant.left", ours((event) => roster.removeParticipant(event.participant_id)));
  signal.on("producer.changed", ours(({ producer }) => {
    const known = roster.producers.value.some(({ producer_id: id }) => id === producer.producer_id);
    if (!known && !roster.isMe(producer.participant_id)) attention.began(producer);
    roster.changeProducer(producer);
    void media.receive(producer);
  }));
  signal.on("producer.removed", ours(({ producer_id: gone }) => {
    roster.removeProducer(gone);
    media.removed(gone);
    board.clear(gone);
    attention.ended(gone);
  }));
  signal.on("consumer.closed", ours((event) => media.stopReceiving(event.producer_id)));
  signal.on("consumer.layer", ours((event) => thrift.layerChanged(event)));
  signal.on("producer.layers", ours((event) => void media.limitLayers(event.producer_id, event.max_layer)));
  signal.on("media.quality", ours(({ participant_id: id, ...told }) => {
    const line = lineOf(told);
    roster.grade(id, line);
    // What I receive badly is no reason to send less: that would help nobody.
    if (roster.isMe(id)) thrift.report(line.uplink);
  }));
  signal.on("media.speaker", ours((event) => (roster.speakingId.value = event.participant_id)));
  signal.on("control.stand", ours((event) => control.stood(event)));
  signal.on("control.changed", ours((event) => control.changed(event.control)));
  signal.on("chat.added", ours((event) => exchange.addChat(event.chat)));
  signal.on("card.added", ours((event) => exchange.addCard(event.card)));
  signal.on("still.added", ours((event) => exchange.addStill(event.still)));
  signal.on("file.added", ours((event) => exchange.addFile(event.file)));
  signal.on("annotation.stroke", ours(({ stroke }) => {
    board.drawn(stroke);
    if (!roster.isMe(stroke.participant_id)) attention.drawn(stroke);
  }));
  signal.on("annotation.cleared", ours((event) => {
    board.clear(event.producer_id);
    if (attention.at.value?.what === "draw") attention.ended(event.producer_id);
  }));
  signal.on("annotation.pointer", ours((event) => board.moved(event)));

  const { phase, error, callId, generation } = attendance;
  const { meId, me, others, participants, producers, lines, speakingId } = roster;
  const { chat, cards, stills, files, unreadChat } = exchange;
  return {
    phase, error, callId, generation, meId, me, others, participants, producers, lines, speakingId, pictures,
    chat, cards, stills, files, unreadChat, earlier: earlier.state, recording, recordingReason, network,
    sending: thrift.sending, receiving: thrift.receiving, pins: thrift.pins, poorPapers: thrift.poor,
    wasSharing: sharing.interrupted, floating: sharing.floating, sources: sources.states, takenOut: sources.stages.takenOut,
    loudspeaker: loudspeaker.state, attention: attention.at, soundBlocked: loudspeaker.blocked, speakerMissing: loudspeaker.missing,
    controlStand: control.stand, control: control.current, controlEnded: control.ended,
    join,
    takeBack: () => attendance.takeBack(),
    retryNow: () => attendance.retryNow(),
    leave, stepOut,
    setSource, sharePractice, desktopTrack: () => sources.tracks.get("desktop") ?? null, useDevice, takeStill, sendFile, pointer,
    setLoudspeaker: (on: boolean) => loudspeaker.set(on),
    unblockSound: () => loudspeaker.unblock(),
    readEarlier: (kind: RecordKind) => earlier.read(kind),
    sendChat: (text: string) => exchange.sendChat(text),
    pushGuide: (itemCode: string) => exchange.pushGuide(itemCode),
    pushText: (title: string, body: string) => exchange.pushText(title, body),
    markChatRead: () => (unreadChat.value = 0),
    stroke: (producerId: string, strokeId: string, points: [number, number][], pen: Pen) =>
      board.draw(producerId, strokeId, points, pen),
    clearStrokes: (producerId: string) => board.wipe(producerId),
    strokes: (producerId: string) => board.strokes(producerId),
    pointers: (producerId: string) => board.pointer(producerId),
    controlling,
    askControl: (scopes: ControlScope[], purpose: string) => control.ask(scopes, purpose),
    askControlOnce: (kind: OnceKind, about?: string) => control.askOnce(kind, about),
    giveUpControl: () => control.giveUp(),
    putControlEndAside: () => control.putAside(),
    openFloating: () => (sharing.floating.value = true),
    closeFloating: () => (sharing.floating.value = false),
    pin: (way: Way, step: LadderStep | null) => thrift.pin(way, step),
    statistics: () => media.statistics(),
    ownLines: async () => (await signal.emitCommand("media.own_lines", { call_id: here() })).lines,
  };
});

/** The rows of one report. */
function rowsOf(report: RTCStatsReport): Row[] {
  return [...report.values()] as Row[];
}
