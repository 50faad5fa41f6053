import { beforeEach, describe, expect, it, vi } from "vitest";
import { computed, effectScope, nextTick, reactive, ref, type EffectScope } from "vue";

import { useCardSheet } from "@/components/session/cardSheet";
import type { useRoomView } from "@/components/session/roomView";
import { besideTile, recallStage, stageKeys, useStageView, type StageView } from "@/components/session/stageView";
import { placeOf } from "@/components/session/tiles";
import type { Tile } from "@/components/session/types";
import type { CardView } from "@/protocol/generated";
import type { useSession } from "@/state/session";

type Session = ReturnType<typeof useSession>;

function tile(part: Tile["part"], track: Tile["track"], live = true): Tile {
  return {
    key: `${track}-${part}`, participantId: part, producerId: live ? `${part}/${track}` : null, track, part, name: part, own: false,
    stream: live ? ({} as MediaStream) : null, state: live ? "live" : "idle", speaking: false, unheard: null,
  };
}

const TILES = [tile("specialist", "camera"), tile("clerk", "camera"), tile("clerk", "document_camera"), tile("clerk", "desktop", false)];

let main = ref(TILES[1]!);
let scope: EffectScope;
let session: { callId: string | null; strokes: (id: string) => { producer_id: string }[]; pointers: () => null; participants: never[] };

function open(): StageView {
  scope = effectScope();
  const room = {
    tiles: computed(() => TILES),
    main,
    strokes: computed(() => []),
    pointers: computed(() => []),
    choose: (key: string) => (main.value = TILES.find((one) => one.key === key)!),
  };
  return scope.run(() => useStageView(session as unknown as Session, room as unknown as ReturnType<typeof useRoomView>, "wang"))!;
}

const shown = (view: StageView) => [main.value.key, view.beside.value?.key ?? null];

beforeEach(() => {
  localStorage.clear();
  main = ref(TILES[1]!);
  session = reactive({ callId: "c1", strokes: (id) => [{ producer_id: id }], pointers: () => null, participants: [] });
});

describe("Two pictures on the stage", () => {
  it("are the main one and what is most worth it beside", () => {
    expect(besideTile(TILES, TILES[1]!, null)?.key).toBe("document_camera-clerk");
    expect(besideTile(TILES, TILES[2]!, null)?.key).toBe("camera-specialist");
    expect(besideTile(TILES, TILES[1]!, "specialist/camera")?.key).toBe("camera-specialist");
    expect(besideTile([TILES[0]!], TILES[0]!, null)).toBeNull();
  });

  it("take the next choice where the person points, and change places rather than show one twice", () => {
    const view = open();
    view.toggleSplit();
    expect(shown(view)).toEqual(["camera-clerk", "document_camera-clerk"]);
    view.choose("camera-specialist");
    expect(shown(view)).toEqual(["camera-clerk", "camera-specialist"]);
    view.choose("camera-clerk");
    expect(shown(view)).toEqual(["camera-specialist", "camera-clerk"]);
    view.aim("main");
    view.choose("document_camera-clerk");
    expect(shown(view)).toEqual(["document_camera-clerk", "camera-clerk"]);
    view.choose("document_camera-clerk");
    expect(shown(view)).toEqual(["document_camera-clerk", "camera-clerk"]);
    stageKeys(view)["1"]!();
    expect(shown(view)).toEqual(["camera-specialist", "camera-clerk"]);
    expect(view.strokes.value).toEqual([{ producer_id: "clerk/camera" }]);
    stageKeys(view).b!();
    expect(shown(view)).toEqual(["camera-specialist", null]);
    scope.stop();
  });

  it("are remembered for each person, and forgotten where nothing can be read", async () => {
    const view = open();
    view.toggleSplit();
    view.choose("camera-specialist");
    view.openCards(false);
    await nextTick();
    scope.stop();
    expect(recallStage("wang")).toEqual({ split: true, beside: placeOf(TILES[0]!), cards: false });
    expect(recallStage("li")).toEqual({ split: false, beside: null, cards: true });
    localStorage.setItem("bangban.stage.li", "{");
    expect(recallStage("li").split).toBe(false);
  });
});

describe("The large stage", () => {
  it("is had without full screen too, ends with it, and with the session", async () => {
    document.documentElement.requestFullscreen = vi.fn().mockRejectedValue(new TypeError("not allowed"));
    const view = open();
    stageKeys(view).f!();
    expect(view.large.value).toBe(true);
    await new Promise((resolve) => setTimeout(resolve));
    document.dispatchEvent(new Event("fullscreenchange"));
    expect(view.large.value).toBe(false);
    view.toggleLarge();
    session.callId = null;
    await nextTick();
    expect(view.large.value).toBe(false);
    scope.stop();
  });
});

describe("A pushed card", () => {
  const card = (id: string, at: string) => ({ card_id: id, pushed_at: at }) as CardView;

  it("opens by itself when it comes in the session, not what was read before, nor against the person's wish", async () => {
    const talk = reactive({ callId: "c1", phase: "joining", cards: [card("old", "1")] });
    let wish = true;
    const sheet = effectScope().run(() => useCardSheet(talk as unknown as Session, () => wish))!;
    talk.phase = "live";
    await nextTick();
    expect(sheet.open.value).toBeNull();
    talk.cards = [...talk.cards, card("new", "2")];
    await nextTick();
    expect(sheet.open.value?.card_id).toBe("new");
    sheet.toggle();
    expect(sheet.open.value).toBeNull();
    talk.phase = "reconnecting";
    await nextTick();
    talk.cards = [...talk.cards, card("missed", "3")];
    await nextTick();
    expect(sheet.open.value?.card_id).toBe("missed");
    wish = false;
    sheet.show("old");
    talk.cards = [...talk.cards, card("quiet", "4")];
    await nextTick();
    expect(sheet.open.value?.card_id).toBe("old");
    talk.callId = "c2";
    await nextTick();
    expect(sheet.open.value).toBeNull();
  });
});
