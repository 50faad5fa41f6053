/** The stage follows what matters until somebody chose a picture; then it only says so. */
import { createPinia, setActivePinia } from "pinia";
import { createApp, h, nextTick, reactive } from "vue";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { useRoomView } from "@/components/session/roomView";
import { i18n } from "@/state/i18n";
import { computed } from "vue";
import { ME, OTHER, producerOf } from "../support/fakeServer";

let room: ReturnType<typeof useRoomView>;
let session: Record<string, unknown> & { attention: unknown };
let unmount = (): void => undefined;

const picture = (person: typeof ME, track: "camera" | "desktop" | "document_camera") => ({
  participantId: person.participant_id, name: person.name, part: person.part, track, producerId: producerOf(person, track).producer_id,
  stream: {}, paused: false, held: false, frozen: false, local: person === ME, key: track, displaySurface: null,
});

beforeEach(() => {
  setActivePinia(createPinia());
  const off = { state: "off", failure: null, instead: false, label: "" };
  session = reactive({
    participants: [ME, OTHER], producers: [], lines: {}, meId: ME.participant_id, speakingId: null, phase: "live", callId: "c1", network: "good",
    stills: [], attention: null, strokes: () => [], pointers: () => null,
    sources: { microphone: off, camera: off, document_camera: off, desktop: off },
    pictures: [picture(ME, "camera"), picture(ME, "document_camera"), picture(OTHER, "camera"), picture(OTHER, "desktop")],
  });
  const app = createApp({
    setup() {
      room = useRoomView(session as never, computed(() => null), "clerk");
      return () => h("i");
    },
  });
  app.use(i18n).mount(document.createElement("div"));
  unmount = () => app.unmount();
});
afterEach(() => unmount());

async function happens(what: "draw" | "share", person: typeof ME, track: "camera" | "desktop" | "document_camera"): Promise<void> {
  session.attention = { what, producerId: producerOf(person, track).producer_id, participantId: OTHER.participant_id };
  await nextTick();
}

describe("The stage", () => {
  it("goes to the picture that the other draws on, and to the desktop they share", async () => {
    expect(room.main.value?.track).toBe("camera");
    await happens("draw", ME, "document_camera");
    expect([room.main.value?.track, room.note.value]).toEqual(["document_camera", null]);
    await happens("share", OTHER, "desktop");
    expect(room.main.value?.track).toBe("desktop");
    session.attention = null;
    await nextTick();
    expect(room.main.value?.track).toBe("camera");
  });

  it("stays where somebody put it, says what happens elsewhere, and goes there by one click", async () => {
    room.choose(room.tiles.value.find(({ track }) => track === "camera")!.key);
    const chosen = room.main.value?.key;
    await happens("draw", ME, "document_camera");
    expect([room.main.value?.key, room.note.value]).toEqual([chosen, { what: "draw", name: "李明" }]);
    room.stay();
    expect(room.note.value).toBeNull();
    await happens("draw", ME, "document_camera");
    room.follow();
    expect([room.main.value?.track, room.note.value]).toEqual(["document_camera", null]);
  });
});
