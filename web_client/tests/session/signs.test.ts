import { describe, expect, it } from "vitest";

import ParticipantList from "@/components/session/ParticipantList.vue";
import { signsOf, unheard } from "@/components/session/signs";
import type { ParticipantView, ProducerView, Track } from "@/protocol/generated";
import type { Line } from "@/state/session/roster";

import { OTHER, producerOf } from "../support/fakeServer";
import { show } from "./mount";

const WELL: Line = { uplink: "good", downlink: "good" };
const person: ParticipantView = { ...OTHER, sends: ["microphone", "camera", "desktop"], online: true };
const sends = (...tracks: [Track, paused?: boolean][]): ProducerView[] =>
  tracks.map(([track, paused = false]) => ({ ...producerOf(person, track), paused }));

describe("The signs beside a name", () => {
  it.each([
    ["nothing when all is well", sends(["microphone"], ["camera"]), WELL, []],
    ["who is muted", sends(["microphone", true], ["camera"]), WELL, ["muted"]],
    ["whom their system keeps silent", sends(["microphone", true], ["camera"]).map((one) => ({ ...one, silenced: one.paused })), WELL, ["silenced"]],
    ["who has no microphone", sends(["camera"]), WELL, ["no_microphone"]],
    ["who is only just entering: nothing", [], WELL, []],
    ["who shares, and whose camera is off", sends(["microphone"], ["desktop"]), WELL, ["sharing", "camera_off"]],
    ["whose shared window is minimised", sends(["microphone"], ["camera"], ["desktop", true]), WELL, ["sharing_held"]],
    ["what they send arrives badly", sends(["microphone"], ["camera"]), { uplink: "weak", downlink: "good" }, ["weak_up"]],
    ["what they receive arrives badly", sends(["microphone"], ["camera"]), { uplink: "good", downlink: "bad" }, ["weak_down"]],
    ["both", sends(["microphone"], ["camera"]), { uplink: "bad", downlink: "weak" }, ["weak_both"]],
    ["others' tracks are not theirs", sends(["microphone"], ["camera"]).map((one) => ({ ...one, participant_id: "x" })), undefined, []],
  ] as const)("%s", (_, producers, line, signs) => {
    expect(signsOf(person, producers, line)).toEqual(signs);
  });

  it("are none of somebody who dropped, or who may not speak at all", () => {
    const muted = sends(["microphone", true], ["camera"]);
    expect(signsOf({ ...person, online: false }, muted, WELL)).toEqual([]);
    expect(unheard({ ...person, sends: [] }, muted)).toBeNull();
    expect(unheard(person, muted)).toBe("muted");
  });

  it("stand in the list in words", () => {
    const producers = sends(["microphone", true], ["desktop"]);
    const lines = { [person.participant_id]: { uplink: "good", downlink: "weak" } };
    const shown = show(ParticipantList, { participants: [person], ownId: "me", speaking: null, producers, lines });
    expect(shown.get(`signs-${person.participant_id}`).dataset.signs).toBe("muted weak_down sharing camera_off");
    expect(shown.text()).toContain("已静音");
    shown.unmount();
  });
});
