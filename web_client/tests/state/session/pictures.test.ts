import { describe, expect, it } from "vitest";
import type { ParticipantView, ProducerView } from "@/protocol/generated";
import { remotePictures } from "@/state/session/pictures";
import { upsert } from "@/state/session/roster";

const person = (id: string, online = true): ParticipantView => ({
  participant_id: id, staff_id: id, name: id, title: "", part: "clerk", sends: ["camera"], awaited: true, generation: 1, online, away: null, quality: null, uplink: null, downlink: null,
  sending: { step: "high", why: null }, receiving: { step: "high", why: null },
});
const producer = (id: string, from: string, track: ProducerView["track"]): ProducerView => ({
  producer_id: id, participant_id: from, track, kind: track === "microphone" ? "audio" : "video",
  paused: false, silenced: false, display_surface: null,
});

describe("remotePictures", () => {
  const producers = [producer("a", "li", "microphone"), producer("b", "li", "camera"), producer("c", "me", "camera")];

  it("shows the others' videos only, under a key that outlives the producer", () => {
    const people = { participants: [person("li"), person("me")], producers, meId: "me" };
    expect(remotePictures(people, new Map(), () => false).map(({ key }) => key)).toEqual(["li:camera"]);
  });

  it("keeps the place of a sender who is reconnecting, frozen", () => {
    const people = { participants: [person("li", false)], producers, meId: "me" };
    expect(remotePictures(people, new Map(), () => false)[0]).toMatchObject({ key: "li:camera", frozen: true });
  });

  it("tells what a thin line leaves out from what its sender paused", () => {
    const paused = [{ ...producer("b", "li", "camera"), paused: true }];
    const held = (sender: ParticipantView, sent = paused) =>
      remotePictures({ participants: [sender, person("me")], producers: sent, meId: "me" }, new Map(), ({ producer_id: id }) => id === "b")[0];
    expect(held(person("li"))).toMatchObject({ paused: true, held: false });
    expect(held({ ...person("li"), sending: { step: "voice", why: "loss" } })).toMatchObject({ held: true });
    expect(held(person("li"), [producer("b", "li", "camera")])).toMatchObject({ paused: false, held: true });
  });
});

describe("upsert", () => {
  it("replaces in place, so that nothing jumps, and appends what is new", () => {
    const list = [{ id: 1, v: "a" }, { id: 2, v: "b" }];
    expect(upsert(list, { id: 1, v: "c" }, "id")).toEqual([{ id: 1, v: "c" }, { id: 2, v: "b" }]);
    expect(upsert(list, { id: 3, v: "d" }, "id")).toHaveLength(3);
  });
});
