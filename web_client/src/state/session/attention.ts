/** Where the others are busy: the picture that somebody draws on or began to share last. */
import { shallowRef } from "vue";
import type { ProducerView, StrokeView } from "@/protocol/generated";

export interface Attention {
  what: "draw" | "share";
  producerId: string;
  participantId: string;
}

export class AttentionWatch {
  /** A new object each time somebody begins; the points of one stroke are one beginning. */
  readonly at = shallowRef<Attention | null>(null);
  private stroke = "";

  drawn({ stroke_id: id, producer_id: producerId, participant_id: participantId }: StrokeView): void {
    if (id === this.stroke) return;
    this.stroke = id;
    this.at.value = { what: "draw", producerId, participantId };
  }

  /** A producer that was not known before. */
  began({ producer_id: producerId, participant_id: participantId, track }: ProducerView): void {
    if (track === "desktop") this.at.value = { what: "share", producerId, participantId };
  }

  ended(producerId: string): void {
    if (this.at.value?.producerId === producerId) this.at.value = null;
  }

  clear(): void {
    this.at.value = null;
  }
}
