/** How one person looks at the stage: one picture or two, large or between the columns; remembered for them on this PC. */

import { computed, onScopeDispose, ref, watch, type ComputedRef } from "vue";

import type { StrokeView } from "@/protocol/generated";
import type { useSession } from "@/state/session";

import { pointersOver, type useRoomView } from "./roomView";
import type { Shortcuts } from "./shortcuts";
import { placeOf } from "./tiles";
import type { Pane, RemotePointer, Tile } from "./types";

const STORAGE_KEY = "bangban.stage";
/** What is worth standing beside another picture, the most first. */
const BESIDE: readonly Tile["track"][] = ["desktop", "document_camera", "camera"];

interface Remembered {
  split: boolean;
  /** The place that stood beside, as `placeOf` names it. */
  beside: string | null;
  /** A pushed card opens over the stage by itself. */
  cards: boolean;
}

const USUAL: Remembered = { split: false, beside: null, cards: true };

function key(person: string): string {
  return `${STORAGE_KEY}.${person}`;
}

/** What this person chose on this PC; anything unreadable counts as never chosen. */
export function recallStage(person: string): Remembered {
  try {
    return { ...USUAL, ...(JSON.parse(localStorage.getItem(key(person)) ?? "{}") as Partial<Remembered>) };
  } catch {
    return { ...USUAL };
  }
}

/** The picture beside the main one: the place chosen if it is not the main one, else what is most worth it. */
export function besideTile(tiles: readonly Tile[], main: Tile | null, chosen: string | null): Tile | null {
  const others = tiles.filter((tile) => tile.key !== main?.key);
  const wanted = others.find((tile) => placeOf(tile) === chosen);
  if (wanted) return wanted;
  const shown = BESIDE.map((track) => others.find((tile) => tile.track === track && tile.stream));
  return shown.find(Boolean) ?? others[0] ?? null;
}

/** The keys of the stage: pictures by number, two of them, large. */
export function stageKeys(view: StageView): Shortcuts {
  const places = Object.fromEntries(["1", "2", "3", "4"].map((digit, index) => [digit, () => view.chooseAt(index)]));
  return { ...places, b: view.toggleSplit, f: view.toggleLarge };
}

export type StageView = ReturnType<typeof useStageView>;

/** @param person whose choices are remembered, by their id */
export function useStageView(session: ReturnType<typeof useSession>, room: ReturnType<typeof useRoomView>, person: string) {
  const remembered = recallStage(person);
  const split = ref(remembered.split);
  const place = ref(remembered.beside);
  const cards = ref(remembered.cards);
  /** Which pane the next chosen picture goes to. */
  const target = ref<Pane>("beside");
  /** The stage and its bar have the page to themselves, on the whole screen where the browser allows it. */
  const large = ref(false);
  let changing = false;

  const beside: ComputedRef<Tile | null> = computed(() => (split.value ? besideTile(room.tiles.value, room.main.value, place.value) : null));
  const strokes = computed<StrokeView[]>(() => [...room.strokes.value, ...(beside.value?.producerId ? session.strokes(beside.value.producerId) : [])]);
  const pointers = computed<RemotePointer[]>(() => [
    ...room.pointers.value,
    ...(beside.value?.producerId ? pointersOver(session, beside.value.producerId) : []),
  ]);

  /** Put a picture into the pane that is chosen; one that stands in the other pane changes places with it. */
  function choose(wanted: string): void {
    const tile = room.tiles.value.find((candidate) => candidate.key === wanted);
    const [main, second] = [room.main.value, beside.value];
    if (!tile) return;
    if (!main || !second) return room.choose(wanted);
    const [there, other] = target.value === "main" ? [main, second] : [second, main];
    if (tile.key === there.key) return;
    if (tile.key === other.key) {
      place.value = placeOf(main);
      room.choose(second.key);
    } else if (target.value === "beside") place.value = placeOf(tile);
    else room.choose(wanted);
  }

  function chooseAt(index: number): void {
    const tile = room.tiles.value[index];
    if (tile) choose(tile.key);
  }

  /** Where the next chosen picture goes. */
  function aim(pane: Pane): void {
    target.value = pane;
  }

  /** Whether a pushed card opens by itself. */
  function openCards(byItself: boolean): void {
    cards.value = byItself;
  }

  function toggleSplit(): void {
    split.value = !split.value;
    target.value = "beside";
  }

  function toggleLarge(): void {
    large.value = !large.value;
    void followLarge();
  }

  /**
   * Have the screen follow. All of the page goes on it, so that sheets and messages above it are seen there too. A
   * browser refuses to go while it still comes: one after the other, and each wish is asked for once.
   */
  async function followLarge(): Promise<void> {
    if (changing) return;
    changing = true;
    let asked: boolean | null = null;
    while (large.value !== Boolean(document.fullscreenElement) && asked !== large.value) {
      asked = large.value;
      const change = asked ? document.documentElement.requestFullscreen?.() : document.exitFullscreen();
      await change?.catch(() => undefined);
    }
    changing = false;
  }

  /** Esc and the browser's own buttons end the full screen without a word to the page. */
  function screenChanged(): void {
    if (!document.fullscreenElement && !changing) large.value = false;
  }

  watch([split, place, cards], () => {
    localStorage.setItem(key(person), JSON.stringify({ split: split.value, beside: place.value, cards: cards.value } satisfies Remembered));
  });
  watch(
    () => session.callId,
    (id) => !id && large.value && toggleLarge(),
  );
  document.addEventListener("fullscreenchange", screenChanged);
  onScopeDispose(() => {
    document.removeEventListener("fullscreenchange", screenChanged);
    if (large.value) toggleLarge();
  });

  return { split, beside, target, large, cards, strokes, pointers, choose, chooseAt, aim, openCards, toggleSplit, toggleLarge };
}
