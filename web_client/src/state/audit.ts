/** The audit log: a search, and older pages of it on demand. */
import { defineStore } from "pinia";
import { ref } from "vue";

import { api } from "@/protocol/api";
import type { AuditList, AuditRowView } from "@/protocol/generated";
import { dayBegins, dayEnds } from "@/state/days";

/** What is searched for; an empty word means everything. Days are local, both included. */
export interface AuditFilter {
  from: string;
  to: string;
  person: string;
  act: string;
  result: string;
}

export const useAudit = defineStore("audit", () => {
  const rows = ref<AuditRowView[]>([]);
  const more = ref(false);
  const loading = ref(false);
  const error = ref<unknown>(null);
  let wanted: AuditFilter | null = null;

  /** Search anew; the look itself is in the log. */
  async function search(filter: AuditFilter): Promise<void> {
    wanted = { ...filter };
    rows.value = [];
    await load(null);
  }

  /** Add the next older page of the same search. */
  async function older(): Promise<void> {
    await load(rows.value.at(-1)?.sequence ?? null);
  }

  async function load(before: number | null): Promise<void> {
    const filter = wanted;
    if (filter === null) return;
    loading.value = true;
    error.value = null;
    try {
      const answer = await api.get<AuditList>("/audit", {
        from: dayBegins(filter.from),
        to: dayEnds(filter.to),
        person: filter.person.trim() || null,
        act: filter.act || null,
        result: filter.result || null,
        before,
      });
      if (filter !== wanted) return;
      rows.value = [...rows.value, ...answer.rows];
      more.value = answer.more;
    } catch (failure) {
      if (filter === wanted) error.value = failure;
    } finally {
      if (filter === wanted) loading.value = false;
    }
  }

  return { rows, more, loading, error, search, older };
});
