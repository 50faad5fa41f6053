/** The live session as the stage, the bar and the status line show it; shared by the consoles of both sides. */

import { computed, onScopeDispose, readonly, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";
import { useI18n } from "vue-i18n";

import type { CallView, Track } from "@/protocol/generated";
import type { TroubleCode } from "@/rtc/deviceTable";
import type { useSession } from "@/state/session";
import type { Attention } from "@/state/session/attention";

import { COLORS } from "./colors";
import type { UnitPoint } from "./geometry";
import { lineSigns, unheard, type SoundSign } from "./signs";
import { useStillImages } from "./stillImages";
import { arrange, buildTiles, firstPlace, placeOf } from "./tiles";
import type { DeviceButton, DrawingTool, FollowNote, NetworkWord, RemotePointer, StrokePart, Tile } from "./types";

/** How long a share that a reload interrupted is announced as coming back, in ms: then the clerk chose not to. */
const RESUMING_MS = 60_000;
/** Line width of the pen as a fraction of the picture's width: 5 px on a desktop of 1366. */
const PEN_WIDTH = 0.004;

type Session = ReturnType<typeof useSession>;
type Side = "clerk" | "specialist";

export function useRoomView(session: Session, call: ComputedRef<CallView | null>, side: Side) {
  const { t } = useI18n();
  /** The place chosen by hand; the one that the stage followed to while none was. */
  const place = ref<string | null>(null);
  const followed = ref<string | null>(null);
  const waiting = shallowRef<Attention | null>(null);
  const tool = ref<DrawingTool>("off");
  const color = ref<string>(COLORS[0].value);

  const resuming = useInterruptedShare(session);
  const stills = useStillImages(() => session.stills);

  const before = shallowRef<Tile[]>([]);
  const tiles = computed<Tile[]>(() =>
    arrange(before.value, buildTiles({
      participants: session.participants,
      pictures: session.pictures,
      meId: session.meId,
      speakingId: session.speakingId,
      unheard: unheardPeople(session),
      starting: new Set(startingTracks(session)),
      joining: session.phase === "joining",
      resuming: resuming.value,
      expected: { clerk: call.value?.clerk_name, specialist: call.value?.specialist_name ?? undefined },
    })),
  );
  const main = computed<Tile | null>(() => tileAt(place.value) ?? tileAt(followed.value) ?? firstPlace(tiles.value, side));
  const note = computed<FollowNote | null>(() => {
    const at = waiting.value;
    if (!at || main.value?.producerId === at.producerId || !tileOf(at)) return null;
    const person = session.participants.find(({ participant_id: id }) => id === at.participantId);
    return { what: at.what, name: person?.name ?? "" };
  });
  const strokes = computed(() => (main.value?.producerId ? session.strokes(main.value.producerId) : []));
  const pointers = computed<RemotePointer[]>(() => {
    const producerId = main.value?.producerId;
    return producerId ? pointersOver(session, producerId) : [];
  });
  const network = computed<NetworkWord>(() => (session.phase === "live" || session.phase === "reconnecting" ? session.network : null));
  const networkNote = computed(() => {
    const [side] = lineSigns(session.lines[session.meId ?? ""]);
    return side ? t(`session.networkSide.${side}`) : "";
  });
  const here = computed(() => session.participants.filter((person) => person.online).map((person) => person.name));
  /** Somebody else who dropped and is waited for. */
  const missingPeer = computed(
    () => session.participants.find((person) => person.participant_id !== session.meId && person.awaited && !person.online) ?? null,
  );

  /** What the status line says; a call that is not live says only its state. */
  function status(live: boolean, now: number) {
    return {
      callState: call.value?.state ?? null,
      connectedAt: call.value?.connected_at ?? null,
      number: call.value?.number ?? "",
      drill: call.value?.drill ?? false,
      recording: live ? session.recording : null,
      recordingReason: session.recording === "failed" ? stalledTrack() : session.recordingReason,
      network: live ? network.value : null,
      networkNote: networkNote.value,
      here: live ? here.value : [],
      readLines: live ? session.ownLines : null,
      now,
    };
  }

  function devices(tracks: readonly Track[]): DeviceButton[] {
    return tracks.map((track) => {
      const { state, failure, instead, flat, label } = session.sources[track];
      if (failure) return { track, state: "failed", sentence: trouble(failure, label) };
      if (state === "silenced") return { track, state: "on", sentence: trouble(track === "desktop" ? "minimised" : "silenced", label) };
      const told = flat ? "flat" : instead ? "instead" : null;
      const sentence = told ? trouble(told, label) : undefined;
      return { track, state: state === "on" || state === "starting" ? state : "off", sentence };
    });
  }

  /** Whose track does not arrive, so that it cannot be kept; null for any other failure. */
  function stalledTrack(): string | null {
    const stalled = stalledIn(session.recordingReason);
    const person = session.participants.find(({ participant_id: id }) => stalled?.lane === id || stalled?.lane === `${id}-${stalled?.track}`);
    return stalled && person ? t("session.recording.whose", { name: person.name, track: t(`session.track.${stalled.track}`) }) : null;
  }

  function trouble(code: TroubleCode, label: string): string {
    return t("session.bar.trouble", { failure: t(`devices.failure.${code}`, { label }), remedy: t(`devices.remedy.${code}`) });
  }

  function tileAt(wanted: string | null): Tile | undefined {
    return tiles.value.find((tile) => placeOf(tile) === wanted);
  }

  function tileOf(at: Attention): Tile | undefined {
    return tiles.value.find((tile) => tile.producerId === at.producerId);
  }

  /** Show the picture that the note tells of. */
  function follow(): void {
    const tile = waiting.value && tileOf(waiting.value);
    if (tile) choose(tile.key);
  }

  function stay(): void {
    waiting.value = null;
  }

  /** Before anybody chose a picture the stage follows what matters; afterwards it only says so. */
  function attend(at: Attention | null): void {
    if (place.value !== null) waiting.value = at;
    else if (at === null) followed.value = null;
    else {
      const tile = tileOf(at);
      if (tile) followed.value = placeOf(tile);
    }
  }

  function choose(key: string): void {
    const tile = tiles.value.find((candidate) => candidate.key === key);
    if (!tile) return;
    place.value = placeOf(tile);
    waiting.value = null;
  }

  function toggle(track: Track): Promise<void> {
    return session.setSource(track, !["on", "silenced"].includes(session.sources[track].state));
  }

  function useTool(choice: DrawingTool): void {
    tool.value = choice;
  }

  function useColor(choice: string): void {
    color.value = choice;
  }

  function draw(producerId: string, part: StrokePart): void {
    session.stroke(producerId, part.strokeId, part.points, { color: color.value, width: PEN_WIDTH, done: part.done });
  }

  function pointAt(producerId: string, point: UnitPoint | null): void {
    session.pointer(producerId, point?.[0] ?? null, point?.[1] ?? null);
  }

  watch(
    () => tiles.value.map((tile) => `${placeOf(tile)} ${tile.state === "left"}`).join(),
    () => (before.value = tiles.value),
    { flush: "sync" },
  );
  watch(() => session.attention, attend);
  watch(
    () => session.callId,
    () => {
      before.value = [];
      place.value = followed.value = waiting.value = null;
      tool.value = "off";
    },
  );

  return {
    tiles, main, strokes, pointers, tool, color, missingPeer, stills, status, devices, choose, note, follow, stay, toggle, useTool, useColor, draw, pointAt,
  };
}

/** Lane and track that stopped arriving, from the reason of a failure (`stalled|<lane>|<track>`). */
export function stalledIn(reason: string | null): { lane: string; track: string } | null {
  const [what, lane, track] = reason?.split("|") ?? [];
  return what === "stalled" && lane && track ? { lane, track } : null;
}

/** Other people's pointers over one picture. */
export function pointersOver(session: Session, producerId: string): RemotePointer[] {
  const at = session.pointers(producerId);
  if (!at || at.x === null || at.y === null) return [];
  const person = session.participants.find((participant) => participant.participant_id === at.participant_id);
  return [{ participantId: at.participant_id, producerId, name: person?.name ?? "", x: at.x, y: at.y }];
}

/** True from the moment somebody who shared dropped until the desktop is back, at most `RESUMING_MS`. */
function useInterruptedShare(session: Session): Readonly<Ref<boolean>> {
  const resuming = ref(false);
  let timer: ReturnType<typeof setTimeout> | null = null;

  function set(value: boolean): void {
    if (timer !== null) clearTimeout(timer);
    resuming.value = value;
    timer = value ? setTimeout(() => (resuming.value = false), RESUMING_MS) : null;
  }

  const desktop = () => session.pictures.find((picture) => picture.track === "desktop" && !picture.local);
  const dropped = () => session.participants.some((person) => person.participant_id === desktop()?.participantId && !person.online);
  watch(dropped, (gone) => gone && set(true));
  watch(
    () => desktop()?.producerId,
    (now, before) => now && now !== before && set(false),
  );
  watch(
    () => session.callId,
    () => set(false),
  );
  onScopeDispose(() => timer !== null && clearTimeout(timer));
  return readonly(resuming);
}

function unheardPeople(session: Session): Map<string, SoundSign> {
  const all = session.participants.map((person) => [person.participant_id, unheard(person, session.producers)] as const);
  return new Map(all.filter((entry): entry is [string, SoundSign] => entry[1] !== null));
}

function startingTracks(session: Session): Track[] {
  return (Object.keys(session.sources) as Track[]).filter((track) => session.sources[track].state === "starting");
}
