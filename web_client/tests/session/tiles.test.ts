import { describe, expect, it } from "vitest";

import { buildTiles, firstPlace, placeOf, type StageInput, type StagePicture } from "@/components/session/tiles";
import type { ParticipantView } from "@/protocol/generated";

const clerk: ParticipantView = {
  participant_id: "p1",
  staff_id: "s1",
  name: "王秀英",
  title: "独龙江乡便民服务中心",
  part: "clerk",
  generation: 1,
  online: true,
  quality: null,
};
const specialist: ParticipantView = { ...clerk, participant_id: "p2", staff_id: "s2", name: "李明", part: "specialist" };
const stream = {} as MediaStream;

function picture(change: Partial<StagePicture>): StagePicture {
  return { participantId: "p1", track: "camera", producerId: "r1", stream, paused: false, frozen: false, ...change };
}

function input(change: Partial<StageInput>): StageInput {
  return {
    participants: [clerk, specialist],
    pictures: [],
    meId: "p1",
    speakingId: null,
    starting: new Set(),
    joining: false,
    resuming: false,
    expected: {},
    ...change,
  };
}

describe("buildTiles", () => {
  it("keeps the four places whoever is there", () => {
    const places = ["specialist/camera", "clerk/camera", "clerk/document_camera", "clerk/desktop"];
    expect(buildTiles(input({})).map(placeOf)).toEqual(places);
    expect(buildTiles(input({ participants: [] })).map(placeOf)).toEqual(places);
  });

  it("names an expected person before they joined", () => {
    const [first] = buildTiles(input({ participants: [clerk], expected: { specialist: "李明" } }));
    expect(first).toMatchObject({ name: "李明", stream: null, state: "idle" });
  });

  it("says reconnecting for a person who dropped and keeps the place", () => {
    const gone = { ...specialist, online: false };
    const tiles = buildTiles(input({ participants: [clerk, gone] }));
    expect(tiles[0]).toMatchObject({ key: "camera-p2", state: "reconnecting" });
    expect(tiles).toHaveLength(4);
  });

  it.each([
    [{ paused: true }, "paused"],
    [{ frozen: true }, "reconnecting"],
    [{}, "live"],
  ])("shows a picture %o as %s", (change, state) => {
    const tiles = buildTiles(input({ pictures: [picture({ participantId: "p2", ...change })] }));
    expect(tiles[0]?.state).toBe(state);
  });

  it("says connecting while my own device starts", () => {
    const tiles = buildTiles(input({ starting: new Set(["document_camera"] as const) }));
    expect(tiles.map((tile) => tile.state)).toEqual(["idle", "idle", "connecting", "idle"]);
  });

  it("says that an interrupted share is coming back, to the other side only", () => {
    expect(buildTiles(input({ resuming: true, meId: "p2" }))[3]?.state).toBe("resuming");
    expect(buildTiles(input({ resuming: true, meId: "p1" }))[3]?.state).toBe("idle");
  });

  it("adds pictures beyond the kept places at the end", () => {
    const tiles = buildTiles(input({ pictures: [picture({ participantId: "p2", track: "desktop" })] }));
    expect(tiles).toHaveLength(5);
    expect(tiles[4]?.key).toBe("desktop-p2");
  });
});

it("puts the other person's face on the stage first", () => {
  const tiles = buildTiles(input({}));
  expect(firstPlace(tiles, "clerk")?.key).toBe("camera-p2");
  expect(firstPlace(tiles, "specialist")?.key).toBe("camera-p1");
  expect(firstPlace([], "clerk")).toBeNull();
});
