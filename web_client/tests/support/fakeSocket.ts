/** A WebSocket that a test answers: what was sent, by type, and the server's end of it. */

type Sent = Record<string, unknown> & { t: string; g: string; s: number };

export class FakeSocket {
  static last: FakeSocket | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  bufferedAmount = 0;
  closed = false;
  readonly sent: Sent[] = [];

  constructor(readonly url = "") {
    FakeSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.closed = true;
  }

  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ v: 1, g: "", s: 1, ...message }) });
  }

  grant(grant: string, scopes: readonly string[]): void {
    this.hear({ t: "gr", grant, who: "李明", scopes, monitor: "M1", rev: 3, lasts_ms: 600_000 });
  }

  /** What was sent but heartbeats, by type. */
  types(): string[] {
    return this.sent.map(({ t }) => t).filter((t) => t !== "hb");
  }
}
