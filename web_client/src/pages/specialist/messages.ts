/** 留言 of the specialist's departments: the list, new ones as they come, closing one with its answer. */

import { computed, onScopeDispose, reactive, ref, shallowRef } from "vue";

import type { PanelKind } from "@/components/common/panelKind";
import { api } from "@/protocol/api";
import { OfflineError, ServerError } from "@/protocol/errors";
import type { MessageList, MessageView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";

export function useMessages() {
  const messages = shallowRef<MessageView[]>([]);
  const kind = ref<PanelKind>("loading");
  const busyId = ref<string | null>(null);
  const error = shallowRef<unknown>(null);
  /** Answers half written, by message; one that was stored is forgotten. */
  const drafts = reactive(new Map<string, string>());
  /** Phones of the messages opened here; the lists show them masked. */
  const phones = reactive(new Map<string, string>());
  const open = computed(() => messages.value.filter((message) => !message.closed_at).length);

  async function load(): Promise<void> {
    try {
      messages.value = (await api.get<MessageList>("/messages")).messages;
      kind.value = "ready";
    } catch (reason) {
      if (reason instanceof OfflineError) kind.value = "offline";
      else kind.value = reason instanceof ServerError && reason.options.status === 403 ? "denied" : "error";
    }
  }

  /** Open a message: its phone is shown, and everybody sees that it is read. */
  async function read(id: string): Promise<void> {
    error.value = null;
    try {
      const message = await api.post<MessageView>(`/messages/${id}/read`);
      phones.set(id, message.phone);
      put(message);
    } catch (reason) {
      error.value = reason;
    }
  }

  async function close(id: string, answer: string): Promise<void> {
    busyId.value = id;
    error.value = null;
    try {
      put(await api.post<MessageView>(`/messages/${id}/close`, { answer }));
      drafts.delete(id);
    } catch (reason) {
      error.value = reason;
    }
    busyId.value = null;
  }

  /** Newest first; a message that changed keeps its place. */
  function put(message: MessageView): void {
    const known = messages.value.some((other) => other.message_id === message.message_id);
    messages.value = known
      ? messages.value.map((other) => (other.message_id === message.message_id ? message : other))
      : [message, ...messages.value];
  }

  onScopeDispose(signal.on("message.added", put));

  return { messages, phones, kind, busyId, error, open, drafts, load, read, close };
}
