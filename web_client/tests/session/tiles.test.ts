import { describe, expect, it } from "vitest";

import { arrange, buildTiles, firstPlace, isRound, placeOf, type StageInput, type StagePicture } from "@/components/session/tiles";
import type { Tile } from "@/components/session/types";
import type { ParticipantView } from "@/protocol/generated";

const clerk: ParticipantView = {
  participant_id: "p1",
  staff_id: "s1",
  name: "王秀英",
  title: "独龙江乡便民服务中心",
  part: "clerk",
  sends: ["microphone", "camera", "document_camera", "desktop"],
  awaited: true,
  generation: 1,
  online: true,
  away: null,
  quality: null, uplink: null, downlink: null,
  sending: { step: "high", why: null }, receiving: { step: "high", why: null },
};
const specialist: ParticipantView = { ...clerk, participant_id: "p2", staff_id: "s2", name: "李明", part: "specialist" };
const stream = {} as MediaStream;

function picture(change: Partial<StagePicture>): StagePicture {
  return { participantId: "p1", track: "camera", producerId: "r1", stream, paused: false, held: false, frozen: false, ...change };
}

function input(change: Partial<StageInput>): StageInput {
  return {
    participants: [clerk, specialist],
    pictures: [],
    meId: "p1",
    speakingId: null,
    unheard: new Map(),
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

  it("gives my own pictures no place of somebody else before I know who I am", () => {
    const early = picture({ participantId: "me", track: "document_camera" });
    expect(buildTiles(input({ participants: [], meId: null, pictures: [early] }))).toHaveLength(4);
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

describe("with more than two", () => {
  const consultant: ParticipantView = {
    ...clerk,
    participant_id: "consultant",
    name: "和志强",
    part: "consultant",
    sends: ["microphone", "camera", "desktop"],
    awaited: false,
  };
  const seats = (count: number): ParticipantView[] =>
    Array.from({ length: count }, (_, at) => ({ ...consultant, participant_id: at ? `consultant-${at + 1}` : "consultant" }));
  const whisperer: ParticipantView = { ...consultant, participant_id: "whisperer", part: "whisperer", sends: ["microphone"] };
  const shared = picture({ participantId: "p2", track: "desktop", producerId: "d" });

  /** What the page shows after each of these, one after the other. */
  function follow(...steps: Partial<StageInput>[]): string[][] {
    let tiles: Tile[] = [];
    return steps.map((step) => (tiles = arrange(tiles, buildTiles(input(step)))).map((tile) => `${placeOf(tile)}${tile.state === "left" ? " left" : ""}`));
  }

  it("gives everybody a place of their own, up to six people", () => {
    const tiles = buildTiles(input({ participants: [clerk, specialist, ...seats(4)] }));
    expect(tiles).toHaveLength(8);
    expect(new Set(tiles.map(placeOf)).size).toBe(8);
    expect(tiles.slice(4).map(({ key }) => key)).toEqual(["camera-consultant", "camera-consultant-2", "camera-consultant-3", "camera-consultant-4"]);
  });

  it("gives no place to a voice that shows no picture", () => {
    expect(buildTiles(input({ participants: [clerk, specialist, whisperer] }))).toHaveLength(4);
  });

  it("moves nothing when somebody joins after a desktop was shared", () => {
    const [before, after] = follow(
      { participants: [clerk, specialist, ...seats(1)], pictures: [shared] },
      { participants: [clerk, specialist, ...seats(2)], pictures: [shared] },
    );
    expect(after?.slice(0, before?.length)).toEqual(before);
    expect(after?.at(-1)).toBe("consultant-2/camera");
  });

  it("moves nothing when somebody drops and comes back", () => {
    const gone = seats(2).map((person) => ({ ...person, online: false }));
    const [before, dropped, back] = follow(
      { participants: [clerk, specialist, ...seats(2)] },
      { participants: [clerk, specialist, ...gone] },
      { participants: [clerk, specialist, ...seats(2)] },
    );
    expect(dropped).toEqual(before);
    expect(back).toEqual(before);
  });

  it("keeps the two people's places when the next specialist takes over", () => {
    const next: ParticipantView = { ...specialist, participant_id: "specialist-2", name: "杨雪琴" };
    const [before, after] = follow({ participants: [clerk, specialist] }, { participants: [clerk, next] });
    expect(after).toEqual(before);
  });

  it("keeps the place of who left for good until somebody new takes it", () => {
    const [first, second, third, fourth] = seats(4);
    const here = [clerk, specialist];
    const [, left, taken, more] = follow(
      { participants: [...here, first!, second!] },
      { participants: [...here, second!] },
      { participants: [...here, second!, third!] },
      { participants: [...here, second!, third!, fourth!] },
    );
    expect(left?.slice(4)).toEqual(["consultant/camera left", "consultant-2/camera"]);
    expect(taken?.slice(4)).toEqual(["consultant-3/camera", "consultant-2/camera"]);
    expect(more?.slice(4)).toEqual(["consultant-3/camera", "consultant-2/camera", "consultant-4/camera"]);
  });

  it("gives who left and is asked in again the place they had", () => {
    const [first, second] = seats(2);
    const [before, , back] = follow(
      { participants: [clerk, specialist, first!, second!] },
      { participants: [clerk, specialist, second!] },
      { participants: [clerk, specialist, first!, second!] },
    );
    expect(back).toEqual(before);
  });

  it("drops the place of an ended share only where nothing stands behind it", () => {
    const [alone, ended] = follow({ pictures: [shared] }, {});
    expect([alone?.length, ended?.length]).toEqual([5, 4]);
    const [first] = seats(1);
    const [, joined, after] = follow({ pictures: [shared] }, { pictures: [shared], participants: [clerk, specialist, first!] }, { participants: [clerk, specialist, first!] });
    expect(after).toEqual(joined);
  });

  it("holds nothing of the picture of who left", () => {
    const [first] = seats(1);
    const before = arrange([], buildTiles(input({ participants: [clerk, specialist, first!], pictures: [picture({ participantId: "consultant" })] })));
    const left = arrange(before, buildTiles(input({}))).at(-1);
    expect(left).toMatchObject({ name: "和志强", state: "left", stream: null, producerId: null });
  });

  it("says who is who by part as soon as there are more than two faces", () => {
    expect(isRound(buildTiles(input({ pictures: [shared] })))).toBe(false);
    expect(isRound(buildTiles(input({ participants: [clerk, specialist, ...seats(1)] })))).toBe(true);
  });

  it("puts the counter on the stage of whoever is not at it", () => {
    const tiles = buildTiles(input({ participants: [clerk, specialist, consultant] }));
    expect(firstPlace(tiles, "consultant")?.key).toBe("camera-p1");
    expect(firstPlace(tiles, "citizen")?.key).toBe("camera-p2");
  });
});
