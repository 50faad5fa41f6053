/** Addresses and who may see them; a page is a file found by its name. */
import type { Component } from "vue";
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw, type Router } from "vue-router";
import type { Permission } from "@/protocol/generated";
import { useAuth } from "@/state/auth";
import { useConfig } from "@/state/config";
import { mayLeave, stepOut } from "@/state/leaving";
import { useUpdate } from "@/state/update";

const files = import.meta.glob<{ default: Component }>("../pages/*/*Page.vue");

/** Address → page file, who may open it, and whether it needs cameras (and so a secure address). */
interface PageRoute {
  path: string;
  name: string;
  file: string;
  /** Any of these opens the page. */
  permissions?: readonly Permission[];
  open?: boolean;
  cameras?: boolean;
  props?: boolean;
}

const PAGES: readonly PageRoute[] = [
  { path: "/start", name: "start", file: "start/StartPage", open: true },
  { path: "/enter", name: "enter", file: "start/EnterPage", open: true },
  { path: "/login", name: "login", file: "login/LoginPage", open: true },
  { path: "/password", name: "password", file: "login/PasswordPage" },
  { path: "/pad", name: "pad", file: "pad/PadPage", open: true },
  { path: "/devices", name: "devices", file: "devices/DevicesPage", permissions: ["media.use"], cameras: true },
  { path: "/counter", name: "counter", file: "counter/CounterPage", permissions: ["control.grant"] },
  { path: "/clerk", name: "clerk", file: "clerk/ClerkPage", permissions: ["call.request"], cameras: true },
  { path: "/specialist", name: "specialist", file: "specialist/SpecialistPage", permissions: ["offer.answer"], cameras: true },
  { path: "/review", name: "review", file: "review/ReviewListPage", permissions: ["recording.read"] },
  { path: "/review/:callId", name: "replay", file: "review/ReplayPage", permissions: ["recording.read"], props: true },
  { path: "/supervise", name: "supervise", file: "supervise/SupervisePage", permissions: ["queue.oversee"] },
  { path: "/admin", name: "admin", file: "admin/AdminPage", permissions: ["staff.read", "item.write"] },
  { path: "/insecure", name: "insecure", file: "errors/InsecurePage", open: true },
  { path: "/denied", name: "denied", file: "errors/DeniedPage", open: true },
  { path: "/:rest(.*)*", name: "missing", file: "errors/MissingPage", open: true },
];

function record(page: PageRoute): RouteRecordRaw {
  const load = files[`../pages/${page.file}.vue`] ?? files["../pages/errors/MissingPage.vue"];
  return {
    path: page.path,
    name: page.name,
    component: load as () => Promise<Component>,
    props: page.props ?? false,
    meta: { open: page.open ?? false, permissions: page.permissions, cameras: page.cameras ?? false },
  };
}

/** First page of someone who opened the bare address. */
async function home(): Promise<{ name: string }> {
  const config = useConfig();
  const auth = useAuth();
  await config.load();
  await auth.ready();
  if (auth.status === "must_change_password") return { name: "password" };
  if (auth.status === "signed_in" && auth.home) return { name: auth.home };
  return { name: config.config?.demo ? "start" : "login" };
}

async function guard(to: RouteLocationNormalized) {
  const config = useConfig();
  const auth = useAuth();
  await config.load();
  if (to.meta.cameras && !window.isSecureContext) return { name: "insecure", query: { to: to.fullPath } };
  if (to.meta.open) return true;
  await auth.ready();
  if (auth.status === "must_change_password") return to.name === "password" ? true : { name: "password" };
  if (auth.status !== "signed_in") return { name: "login", query: { to: to.fullPath } };
  const permissions = to.meta.permissions as readonly Permission[] | undefined;
  return !permissions || permissions.some((one) => auth.can(one)) ? true : { name: "denied" };
}

/** Out of a console in mid-session: asked first, and the others are told. Who was signed out has no choice. */
async function leaving(to: RouteLocationNormalized, from: RouteLocationNormalized) {
  if (to.name === from.name || useAuth().status === "signed_out") return true;
  if (!(await mayLeave("left"))) return false;
  await stepOut("left");
  return true;
}

/** Whether a page could not be opened because a file of its build is gone, in the words of each browser. */
function isMissingFile(error: unknown): boolean {
  return /dynamically imported module|module script failed|error loading|preload CSS/i.test(String(error));
}

/** Load every page this person may open, so that a later upgrade takes none of them away. */
export async function loadPages(): Promise<void> {
  const auth = useAuth();
  for (const page of PAGES) {
    const may = page.open ?? (!page.permissions || page.permissions.some((one) => auth.can(one)));
    if (may) await files[`../pages/${page.file}.vue`]?.().catch(() => undefined);
  }
}

export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [{ path: "/", name: "home", component: { render: () => null } }, ...PAGES.map(record)],
  });
  router.beforeEach(leaving);
  router.beforeEach((to) => (to.name === "home" ? home() : guard(to)));
  router.afterEach((_to, _from, failure) => void (failure || useUpdate().opened()));
  router.onError((error, to) => {
    if (isMissingFile(error)) useUpdate().missing(to.fullPath);
  });
  return router;
}
