/** Who is in the session, what they send, how well the network carries it, and who speaks. */
import { computed, ref, shallowRef } from "vue";
import type { Part, ParticipantView, ProducerView, Quality, SnapshotView, Track } from "@/protocol/generated";

/** How well the network carries what somebody sends and what they receive. */
export interface Line {
  uplink: Quality;
  downlink: Quality;
}

const WELL: Line = { uplink: "good", downlink: "good" };
const LEVELS: readonly Quality[] = ["good", "weak", "bad"];

/** A line as the server tells it; what it does not know yet is well. */
export function lineOf(told: { uplink: Quality | null; downlink: Quality | null }): Line {
  return { uplink: told.uplink ?? "good", downlink: told.downlink ?? "good" };
}

/** The worse of both directions. */
export function worst({ uplink, downlink }: Line): Quality {
  return LEVELS[Math.max(LEVELS.indexOf(uplink), LEVELS.indexOf(downlink))]!;
}

export class Roster {
  readonly meId = ref<string | null>(null);
  readonly participants = shallowRef<ParticipantView[]>([]);
  readonly producers = shallowRef<ProducerView[]>([]);
  readonly speakingId = ref<string | null>(null);
  /** By participant; absent before the first figures. */
  readonly lines = ref<Record<string, Line>>({});
  readonly me = computed(() => this.participants.value.find(({ participant_id: id }) => this.isMe(id)) ?? null);
  readonly others = computed(() => this.participants.value.filter(({ participant_id: id }) => !this.isMe(id)));

  isMe(participantId: string): boolean {
    return participantId === this.meId.value;
  }

  /** What I send from the start: all my part may send, but a desktop is chosen each time. */
  usual(): Track[] {
    return this.me.value?.sends.filter((track) => track !== "desktop") ?? [];
  }

  /** Tracks sent by somebody else: what there is to receive. */
  offered(): ProducerView[] {
    return this.producers.value.filter(({ participant_id: sender }) => !this.isMe(sender));
  }

  /** What the server believes that I send. */
  sentByMe(): ProducerView[] {
    return this.producers.value.filter(({ participant_id: sender }) => this.isMe(sender));
  }

  /** Show who the server says is here, after joining or coming back. */
  restore(snapshot: SnapshotView): void {
    this.meId.value = snapshot.participant_id;
    this.participants.value = inOrder(snapshot.participants);
    this.producers.value = snapshot.producers;
    this.lines.value = Object.fromEntries(snapshot.participants.map((person) => [person.participant_id, lineOf(person)]));
  }

  /** Nobody sends any more; who was here stays readable. */
  end(): void {
    this.producers.value = [];
  }

  clear(): void {
    this.end();
    this.participants.value = [];
    this.speakingId.value = null;
  }

  changeParticipant(participant: ParticipantView): void {
    this.participants.value = inOrder(upsert(this.participants.value, participant, "participant_id"));
  }

  removeParticipant(participantId: string): void {
    this.participants.value = this.participants.value.filter(({ participant_id: id }) => id !== participantId);
  }

  changeProducer(producer: ProducerView): void {
    this.producers.value = upsert(this.producers.value, producer, "producer_id");
  }

  removeProducer(producerId: string): void {
    this.producers.value = this.producers.value.filter(({ producer_id: id }) => id !== producerId);
  }

  grade(participantId: string, line: Line): void {
    this.lines.value = { ...this.lines.value, [participantId]: line };
  }

  myLine(): Line {
    return this.lines.value[this.meId.value ?? ""] ?? WELL;
  }
}

const PARTS: readonly Part[] = ["clerk", "citizen", "specialist", "consultant", "whisperer", "monitor"];

/** The same order on every page, whoever joined or came back first: by part, then as they were seated. */
function inOrder(participants: readonly ParticipantView[]): ParticipantView[] {
  return [...participants].sort(
    (one, other) =>
      PARTS.indexOf(one.part) - PARTS.indexOf(other.part) ||
      one.participant_id.localeCompare(other.participant_id, "en", { numeric: true }),
  );
}

/** The list with `item` in the place of the one with the same `key`, or at the end. */
export function upsert<T>(list: readonly T[], item: T, key: keyof T): T[] {
  const known = list.some((other) => other[key] === item[key]);
  return known ? list.map((other) => (other[key] === item[key] ? item : other)) : [...list, item];
}
