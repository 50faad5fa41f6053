/** The waiting calls gathered by item. */

import type { QueueRow } from "@/protocol/generated";

export interface WaitingGroup {
  itemName: string;
  count: number;
  points: string[];
  /** When the longest waiting of them was requested (ISO 8601). */
  oldest: string;
}

/** Group by item; the group with the longest waiting call comes first. */
export function waitingByItem(rows: readonly QueueRow[]): WaitingGroup[] {
  const groups = new Map<string, WaitingGroup>();
  for (const row of rows) {
    const group = groups.get(row.item_name);
    if (!group) {
      groups.set(row.item_name, { itemName: row.item_name, count: 1, points: [row.point_name], oldest: row.requested_at });
      continue;
    }
    group.count += 1;
    if (!group.points.includes(row.point_name)) group.points.push(row.point_name);
    if (Date.parse(row.requested_at) < Date.parse(group.oldest)) group.oldest = row.requested_at;
  }
  return [...groups.values()].sort((a, b) => Date.parse(a.oldest) - Date.parse(b.oldest));
}
