/**
 * What this page received lately, told to the server: five samples of two seconds in one message each ten seconds.
 *
 * With everything around it that is less than 80 bytes a second, 0.6 kbit/s (a test holds it). A message that does not
 * arrive is not repeated: the server's own figures of that time stand without the page's.
 */
import { elapsed, serverNow } from "@/protocol/clock";
import type { ReportedLine, ReportLines } from "@/protocol/generated";
import { between, SAMPLE_MS, totalsOf, type Totals } from "@/rtc/lines/received";
import type { Row } from "@/rtc/network/figures";
import { startTicker } from "@/rtc/ticker";

const SAMPLES = 5;
/** A beat later than this says nothing of two seconds: what was gathered is let go. */
const LATE_MS = SAMPLE_MS + 1_000;

export class LineReports {
  private stopTicker: (() => void) | null = null;
  private before: Totals | null = null;
  private at = 0;
  private samples: ReportedLine[] = [];

  /** `statistics` gives the reports of all connections; `send` takes a message and may fail. */
  constructor(
    private readonly statistics: () => Promise<RTCStatsReport[]>,
    private readonly send: (body: Omit<ReportLines, "call_id">) => Promise<unknown>,
  ) {}

  /** Report from now on; harmless when asked again. */
  start(): void {
    this.stopTicker ??= startTicker(SAMPLE_MS, () => void this.look());
  }

  stop(): void {
    this.stopTicker?.();
    this.stopTicker = null;
    this.before = null;
    this.samples = [];
  }

  private async look(): Promise<void> {
    const reports = await this.statistics().catch(() => []);
    if (!this.stopTicker) return;
    const now = totalsOf(reports.flatMap((report) => [...(report as ReadonlyMap<string, Row>).values()]));
    const { before, at } = this;
    this.before = now;
    this.at = elapsed();
    if (!before || this.at - at > LATE_MS) {
      this.samples = [];
      return;
    }
    this.samples.push(between(before, now));
    if (this.samples.length < SAMPLES) return;
    const received = this.samples;
    this.samples = [];
    await this.send({ ended_at_ms: Math.round(serverNow()), received }).catch(() => undefined);
  }
}
