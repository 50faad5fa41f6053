/** What was said and shown before what the snapshot brought: read page by page, each list from where it begins here. */
import { reactive } from "vue";
import type { EarlierView, MarkView, RecordKind, RecordView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

/** How one list stands towards its beginning. */
export type Reading = "whole" | "more" | "reading" | "failed";

/** Lists that people look at as a whole are read on by themselves, so gently that sound and picture do not notice. */
const BY_THEMSELVES: readonly RecordKind[] = ["cards", "stills", "strokes"];
const REST_MS = 500;
/** Most pages of one list read by themselves: 200 cards or stills, or about 1.5 MB of drawings. */
const PAGES = 32;

export class Earlier {
  readonly state = reactive<Record<RecordKind, Reading>>({ chat: "whole", cards: "whole", stills: "whole", strokes: "whole" });
  private readonly marks = new Map<RecordKind, MarkView>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Counts what made pages on their way void. */
  private turn = 0;

  /**
   * @param here id of the call; throws outside a session
   * @param show takes a page in before what is shown
   */
  constructor(
    private readonly here: () => string,
    private readonly show: (page: RecordView) => void,
  ) {}

  /** Begin anew where the lists begin; `kept` are those that already reach further back on this page. */
  restore(earlier: EarlierView, kept: readonly RecordKind[]): void {
    this.stop();
    for (const kind of Object.keys(this.state) as RecordKind[]) {
      if (!kept.includes(kind)) this.put(kind, earlier[kind]);
      else if (this.state[kind] === "reading") this.state[kind] = "more";
    }
  }

  clear(): void {
    this.restore({ chat: null, cards: null, stills: null, strokes: null }, []);
  }

  /** Nothing more is read by itself. */
  stop(): void {
    this.turn += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Read the page before what is shown; does nothing when there is none or it is on its way. */
  async read(kind: RecordKind): Promise<void> {
    const before = this.marks.get(kind);
    if (!before || this.state[kind] === "reading") return;
    const { turn } = this;
    this.state[kind] = "reading";
    try {
      const page = await signal.emitCommand("record.earlier", { call_id: this.here(), kind, before });
      if (turn !== this.turn) return;
      this.show(page);
      this.put(kind, page.earlier);
    } catch {
      if (turn === this.turn) this.state[kind] = "failed";
    }
  }

  /** Read on what people look at as a whole, one page after the other. */
  readOn(pages = PAGES): void {
    const kind = BY_THEMSELVES.find((one) => this.state[one] === "more");
    if (!kind || pages === 0) return;
    this.timer = setTimeout(() => void this.read(kind).then(() => this.timer !== null && this.readOn(pages - 1)), REST_MS);
  }

  private put(kind: RecordKind, mark: MarkView | null): void {
    if (mark) this.marks.set(kind, mark);
    else this.marks.delete(kind);
    this.state[kind] = mark ? "more" : "whole";
  }
}
