/** One question about a file at a time, and what becomes of it. */
import { computed, nextTick, shallowRef } from "vue";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { useFileDesk } from "@/components/control/specialist/fileDesk";
import type { ControlView, OnceView } from "@/protocol/generated";
import type { useSession } from "@/state/session";

const FILE = new File(["%PDF-"], "申请表.pdf");
const mine = shallowRef<ControlView | null>(null);
const asked: unknown[][] = [];
const sent: unknown[][] = [];
let failing: Error | null = null;

const once = (onceId: string) => ({ once_id: onceId }) as OnceView;
const control = (change: Partial<ControlView>) => ({ control_id: "k1", once: null, awaited: null, ...change }) as ControlView;

function desk() {
  const session = {
    askControlOnce: async (...given: unknown[]) => {
      asked.push(given);
      const id = `o${asked.length}`;
      mine.value = control({ once: once(id) });
      await nextTick();
      return id;
    },
    sendFile: (...given: unknown[]) => {
      sent.push(given);
      return failing ? Promise.reject(failing) : Promise.resolve();
    },
  } as unknown as ReturnType<typeof useSession>;
  return useFileDesk(
    session,
    computed(() => mine.value),
  );
}

async function becomes(next: ControlView | null): Promise<void> {
  mine.value = next;
  await nextTick();
  await vi.waitFor(() => Promise.resolve());
}

beforeEach(() => {
  [mine.value, failing, asked.length, sent.length] = [control({}), null, 0, 0];
});

describe("a file to the counter", () => {
  it("is sent after the yes, and not before", async () => {
    const files = desk();
    await files.offer(FILE);
    expect([files.state.value, sent]).toEqual(["asking", []]);
    expect(asked).toEqual([["file_to_counter", "申请表.pdf · 1 kB"]]);
    await becomes(control({ awaited: once("o1") }));
    await vi.waitFor(() => expect(files.state.value).toBe("came"));
    expect(sent).toEqual([["o1", FILE]]);
  });

  it("is not sent after a no, nor when control ends meanwhile", async () => {
    for (const next of [control({}), null]) {
      mine.value = control({});
      const files = desk();
      await files.offer(FILE);
      await nextTick();
      await becomes(next);
      expect([files.state.value, sent]).toEqual(["refused", []]);
    }
  });

  it("says why it did not go", async () => {
    failing = new Error("file_type");
    const files = desk();
    await files.offer(FILE);
    await becomes(control({ awaited: once("o1") }));
    await vi.waitFor(() => expect(files.state.value).toBe("failed"));
    expect(files.failure.value).toBe(failing);
  });

  it("knows one question from the one before, whichever comes first, its answer or the event", async () => {
    const files = desk();
    await files.offer(FILE);
    await becomes(control({ awaited: once("o1") }));
    await vi.waitFor(() => expect(files.state.value).toBe("came"));
    const asking = files.request("身份证");
    await nextTick();
    await asking;
    await nextTick();
    expect(files.state.value).toBe("asking");
  });

  it("waits for the one before", async () => {
    const files = desk();
    await files.offer(FILE);
    await files.request("身份证");
    expect(asked).toHaveLength(1);
  });
});

it("a file from the counter is chosen there after the yes, and has come when it is awaited no more", async () => {
  const files = desk();
  await files.request("身份证正面");
  await becomes(control({ awaited: once("o1") }));
  expect(files.state.value).toBe("chosen");
  await becomes(control({}));
  expect(files.state.value).toBe("came");
  expect(sent).toEqual([]);
});
