/** Drawing and pointing over the pictures of a session: everybody's strokes, batched to what the server takes. */
import { shallowReactive } from "vue";
import type { PointerMoved, StrokeBody, StrokeView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

/** Time between two messages of one stroke or pointer, in ms: the server takes 20 a second. */
const SEND_EVERY_MS = 60;
/** Most points in one message. */
const POINTS_PER_MESSAGE = 200;

export type Pen = Pick<StrokeBody, "color" | "width"> & { done: boolean };
type Point = [number, number];
type PointerSpot = Pick<PointerMoved, "participant_id" | "x" | "y">;

export class Board {
  private readonly lines = shallowReactive(new Map<string, StrokeView[]>());
  private readonly spots = shallowReactive(new Map<string, PointerSpot>());
  private readonly unsent = new Map<string, StrokeBody>();
  private pointed: { producerId: string; x: number | null; y: number | null } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param here id of the call; throws outside a session
   * @param meId who this page is in it
   */
  constructor(
    private readonly here: () => string,
    private readonly meId: () => string | null,
  ) {}

  /** Strokes over one picture, oldest first. */
  strokes(producerId: string): StrokeView[] {
    return this.lines.get(producerId) ?? [];
  }

  /** Somebody's pointer over one picture, or null. */
  pointer(producerId: string): PointerSpot | null {
    const spot = this.spots.get(producerId);
    return spot && spot.x !== null ? spot : null;
  }

  reset(strokes: readonly StrokeView[]): void {
    this.stop();
    this.lines.clear();
    this.spots.clear();
    strokes.forEach((stroke) => this.append(stroke));
  }

  /** Strokes drawn before those that are here. */
  prepend(older: readonly StrokeView[]): void {
    for (const stroke of [...older].reverse()) {
      const here = this.strokes(stroke.producer_id);
      if (!here.some(({ stroke_id: id }) => id === stroke.stroke_id)) this.lines.set(stroke.producer_id, [stroke, ...here]);
    }
  }

  /** Nothing more is sent; what was drawn stays on the screen. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.pointed = null;
    this.unsent.clear();
  }

  /** Add the new points of a stroke, mine or somebody's. */
  append(stroke: StrokeView): void {
    const before = this.strokes(stroke.producer_id);
    const index = before.findIndex(({ stroke_id: id }) => id === stroke.stroke_id);
    const known = before[index];
    const merged = known ? { ...stroke, points: [...known.points, ...stroke.points] } : stroke;
    const after = known ? before.map((other, at) => (at === index ? merged : other)) : [...before, merged];
    this.lines.set(stroke.producer_id, after);
  }

  /** Somebody else's stroke; mine are shown as they are drawn. */
  drawn(stroke: StrokeView): void {
    if (stroke.participant_id !== this.meId()) this.append(stroke);
  }

  clear(producerId: string): void {
    this.lines.delete(producerId);
    this.unsent.forEach((body, id) => body.producer_id === producerId && this.unsent.delete(id));
  }

  moved(event: PointerMoved): void {
    if (event.participant_id !== this.meId()) this.spots.set(event.producer_id, event);
  }

  /** Wipe one picture for everybody. */
  async wipe(producerId: string): Promise<void> {
    this.clear(producerId);
    await signal.emitCommand("annotation.clear", { call_id: this.here(), producer_id: producerId });
  }

  /** Draw: shown here at once, sent in batches. */
  draw(producerId: string, strokeId: string, points: Point[], pen: Pen): void {
    const callId = this.here();
    const base = { stroke_id: strokeId, producer_id: producerId, color: pen.color, width: pen.width, done: pen.done };
    this.append({ ...base, participant_id: this.meId() ?? "", points });
    const waiting = [...(this.unsent.get(strokeId)?.points ?? []), ...points];
    if (waiting.length === 0) waiting.push(...this.lastPoint(producerId, strokeId));
    if (waiting.length === 0) return;
    this.unsent.set(strokeId, { ...base, call_id: callId, points: waiting });
    this.schedule(callId);
  }

  point(producerId: string, x: number | null, y: number | null): void {
    const callId = this.here();
    this.pointed = { producerId, x, y };
    this.schedule(callId);
  }

  /** The end of a stroke may come without a new point; the message repeats the last one. */
  private lastPoint(producerId: string, strokeId: string): Point[] {
    return this.strokes(producerId).find(({ stroke_id: id }) => id === strokeId)?.points.slice(-1) ?? [];
  }

  private schedule(callId: string): void {
    this.timer ??= setTimeout(() => this.flush(callId), SEND_EVERY_MS);
  }

  /** One message a turn, so that stroke and pointer together stay under the server's limit. */
  private flush(callId: string): void {
    this.timer = null;
    const next = this.unsent.entries().next().value;
    if (next) this.sendStroke(...next);
    else if (this.pointed) {
      const { producerId, x, y } = this.pointed;
      this.pointed = null;
      send(signal.emitCommand("annotation.pointer", { call_id: callId, producer_id: producerId, x, y }));
    }
    if (this.unsent.size > 0 || this.pointed) this.schedule(callId);
  }

  private sendStroke(id: string, body: StrokeBody): void {
    const rest = body.points.slice(POINTS_PER_MESSAGE);
    if (rest.length > 0) this.unsent.set(id, { ...body, points: rest });
    else this.unsent.delete(id);
    const done = body.done && rest.length === 0;
    send(signal.emitCommand("annotation.stroke", { ...body, points: body.points.slice(0, POINTS_PER_MESSAGE), done }));
  }
}

/** A lost part of a drawing is drawn again by hand; nothing waits for it. */
function send(command: Promise<unknown>): void {
  command.catch(() => undefined);
}
