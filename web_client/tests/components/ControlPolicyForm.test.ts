import ElementPlus from "element-plus";
import { createApp, h, nextTick } from "vue";
import { afterEach, expect, it, vi } from "vitest";

import ControlPolicyForm from "@/components/admin/ControlPolicyForm.vue";
import type { ControlPolicyView } from "@/protocol/generated";
import { i18n } from "@/state/i18n";

const saved: ControlPolicyView[] = [];
let close = () => undefined as void;

async function open(policy: ControlPolicyView): Promise<HTMLElement> {
  const root = document.createElement("div");
  document.body.append(root);
  const props = { load: () => Promise.resolve(policy), busy: false, onSave: (one: ControlPolicyView) => saved.push(one) };
  const app = createApp({ render: () => h(ControlPolicyForm, props) });
  app.use(i18n).use(ElementPlus).mount(root);
  close = () => (app.unmount(), root.remove());
  await vi.waitFor(() => expect(root.querySelector('[data-testid="policy-scope-draw"]')).not.toBeNull());
  return root;
}

const tick = async (root: HTMLElement, scope: string) => {
  root.querySelector<HTMLElement>(`[data-testid="policy-scope-${scope}"]`)!.click();
  await nextTick();
};

const submit = async (root: HTMLElement) => {
  root.querySelector("form")!.dispatchEvent(new Event("submit"));
  await nextTick();
};

afterEach(() => {
  close();
  saved.length = 0;
});

it("shows what is allowed and saves what is left of it, in the order of the scopes", async () => {
  const root = await open({ scopes: ["file", "pointer", "draw"], longest_s: 900 });
  await tick(root, "pointer");
  await tick(root, "text");
  await submit(root);
  expect(saved).toEqual([{ scopes: ["draw", "text", "file"], longest_s: 900 }]);
});

it("says that nothing ticked forbids it, and lets it be saved", async () => {
  const root = await open({ scopes: ["draw"], longest_s: 600 });
  expect(root.querySelector('[data-testid="policy-forbids"]')).toBeNull();
  await tick(root, "draw");
  expect(root.querySelector('[data-testid="policy-forbids"]')).not.toBeNull();
  await submit(root);
  expect(saved).toEqual([{ scopes: [], longest_s: 600 }]);
});
