/** What people say and show each other in a session, all of it of record: chat, cards, stills and files. */
import { ref, shallowRef, type ShallowRef } from "vue";
import { api } from "@/protocol/api";
import type { CardView, ChatView, FileView, RecordKind, RecordView, SnapshotView, StillView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { sha256Hex, type Still } from "@/rtc/stills";

export class Exchange {
  readonly chat = shallowRef<ChatView[]>([]);
  readonly cards = shallowRef<CardView[]>([]);
  readonly stills = shallowRef<StillView[]>([]);
  readonly files = shallowRef<FileView[]>([]);
  readonly unreadChat = ref(0);
  /** Counts sessions: an answer that arrives in the next one is not shown there. */
  private session = 0;

  /**
   * @param here id of the call; throws outside a session
   * @param meId who this page is in it: their own lines are never unread
   */
  constructor(
    private readonly here: () => string,
    private readonly meId: () => string | null,
  ) {}

  /** Show the newest that the server holds, after joining or coming back; returns the lists that reach further back. */
  restore(snapshot: SnapshotView): RecordKind[] {
    this.files.value = snapshot.files;
    const kept = [
      renewed(this.chat, snapshot.chat, "chat_id") && ("chat" as const),
      renewed(this.cards, snapshot.cards, "card_id") && ("cards" as const),
      renewed(this.stills, snapshot.stills, "still_id") && ("stills" as const),
    ];
    return kept.filter((kind) => kind !== false);
  }

  /** Show what came before. */
  prepend(page: RecordView): void {
    before(this.chat, page.chat, "chat_id");
    before(this.cards, page.cards, "card_id");
    before(this.stills, page.stills, "still_id");
  }

  clear(): void {
    this.session += 1;
    this.chat.value = [];
    this.cards.value = [];
    this.stills.value = [];
    this.files.value = [];
    this.unreadChat.value = 0;
  }

  addChat(line: ChatView): void {
    if (added(this.chat, line, "chat_id") && line.participant_id !== this.meId()) this.unreadChat.value += 1;
  }

  addCard(card: CardView): void {
    added(this.cards, card, "card_id");
  }

  addStill(still: StillView): void {
    added(this.stills, still, "still_id");
  }

  addFile(file: FileView): void {
    added(this.files, file, "file_id");
  }

  async sendChat(text: string): Promise<void> {
    const sending = signal.emitCommand("chat.send", { call_id: this.here(), text }, { repeat: true });
    await this.answered(sending, (line) => this.addChat(line));
  }

  async pushGuide(itemCode: string): Promise<void> {
    const body = { call_id: this.here(), kind: "guide" as const, item_code: itemCode };
    await this.answered(signal.emitCommand("card.push", body, { repeat: true }), (card) => this.addCard(card));
  }

  async pushText(title: string, text: string): Promise<void> {
    const body = { call_id: this.here(), kind: "text" as const, title, body: text };
    await this.answered(signal.emitCommand("card.push", body, { repeat: true }), (card) => this.addCard(card));
  }

  /** Send a still to the call it was taken in, over HTTPS: whatever the video does, it arrives whole; one
   * taken while recording was paused is not kept, however late it arrives. */
  async sendStill(callId: string, still: Still, offRecord: boolean): Promise<StillView> {
    if (this.here() !== callId) throw new Error("the session it was taken in is over");
    const { bytes, width, height, sha256 } = still;
    const query = { track: "document_camera", width, height, sha256, off_record: String(offRecord) };
    const sending = api.upload<StillView>(`/calls/${callId}/stills`, query, bytes);
    return this.answered(sending, (view) => this.addStill(view));
  }

  /** Send the file that the clerk said yes to by answering `onceId`; the server checks name, type and hash. */
  async sendFile(callId: string, onceId: string, file: File): Promise<FileView> {
    if (this.here() !== callId) throw new Error("the session it belongs to is over");
    const bytes = await file.arrayBuffer();
    const query = { once_id: onceId, name: file.name, sha256: await sha256Hex(bytes) };
    const sending = api.upload<FileView>(`/calls/${callId}/files`, query, new Blob([bytes]));
    return this.answered(sending, (view) => this.addFile(view));
  }

  private async answered<T>(sending: Promise<T>, show: (entry: T) => void): Promise<T> {
    const { session } = this;
    const entry = await sending;
    if (session === this.session) show(entry);
    return entry;
  }
}

/** Append unless it is there already: the answer and the event tell of the same thing. Returns whether it was new. */
function added<T, K extends keyof T>(list: ShallowRef<T[]>, entry: T, key: K): boolean {
  if (list.value.some((one) => one[key] === entry[key])) return false;
  list.value = [...list.value, entry];
  return true;
}

/** The entries that `list` has and `others` lack. */
function without<T, K extends keyof T>(list: readonly T[], others: readonly T[], key: K): T[] {
  const known = new Set(others.map((one) => one[key]));
  return list.filter((one) => !known.has(one[key]));
}

/**
 * Put the newest page in the place of the end of a list; returns whether the list goes on before it.
 *
 * A list without a common entry ended before the page begins: what lies between is not known, so the page stands alone.
 */
function renewed<T, K extends keyof T>(list: ShallowRef<T[]>, newest: T[], key: K): boolean {
  const old = without(list.value, newest, key);
  const meets = old.length < list.value.length && old.length > 0;
  list.value = meets ? [...old, ...newest] : newest;
  return meets;
}

function before<T, K extends keyof T>(list: ShallowRef<T[]>, older: T[], key: K): void {
  if (older.length > 0) list.value = [...without(older, list.value, key), ...list.value];
}
