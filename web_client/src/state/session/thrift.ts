/** What is given up while my network is weak: the ladder of `rtc/ladder` on this page's clock and its one timer. */
import { ref } from "vue";
import { elapsed } from "@/protocol/clock";
import type { Quality, Track } from "@/protocol/generated";
import { Ladder, withheld, type LadderStep } from "@/rtc/ladder";

export class Thrift {
  readonly step = ref<LadderStep>("full");
  private ladder = new Ladder();
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** `withhold` runs with the tracks not to be sent, at every step. */
  constructor(private readonly withhold: (tracks: readonly Track[]) => void) {}

  /** Tracks not sent now. */
  withheld(): readonly Track[] {
    return withheld(this.step.value);
  }

  /** Note what the server says of the line that carries what I send. */
  report(level: Quality): void {
    this.ladder.report(level, elapsed());
    this.advance();
  }

  /** The session is over: no step is due any more. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** A new session starts with everything sent. */
  reset(): void {
    this.stop();
    this.ladder = new Ladder();
    this.step.value = this.ladder.step;
  }

  private advance(): void {
    if (this.ladder.handleTimeout(elapsed())) {
      this.step.value = this.ladder.step;
      this.withhold(this.withheld());
    }
    this.stop();
    const wait = this.ladder.nextDeadline() - elapsed();
    if (Number.isFinite(wait)) this.timer = setTimeout(() => this.advance(), Math.max(0, wait));
  }
}
