/** Who is signed in to this tab. The access token lives in memory only; the refresh cookie belongs to the tab's id. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { api } from "@/protocol/api";
import { elapsed } from "@/protocol/clock";
import { ServerError } from "@/protocol/errors";
import type { Permission, SessionView } from "@/protocol/generated";
import { signal } from "@/protocol/socket";
import { newTabId, tabId } from "@/state/tab";

type Status = "unknown" | "signed_out" | "signed_in" | "must_change_password";

/** The token is renewed this long before it expires, in s. */
const RENEW_BEFORE_S = 60;

export const useAuth = defineStore("auth", () => {
  const session = shallowRef<SessionView | null>(null);
  const status = ref<Status>("unknown");
  /** Why the server signed us out, or null. */
  const signedOutReason = ref<string | null>(null);
  const staff = computed(() => session.value?.staff ?? null);
  const permissions = computed(() => new Set(session.value?.permissions ?? []));
  const home = computed(() => session.value?.home ?? null);
  let expiresAt = 0;
  let starting: Promise<void> | null = null;
  let renewing: Promise<boolean> | null = null;

  api.useTokens({ current: () => session.value?.access_token ?? null, renew });

  function can(permission: Permission): boolean {
    return permissions.value.has(permission);
  }

  /** Take over a session just granted (login, refresh, demo) and connect its channel. */
  function accept(view: SessionView): void {
    const reconnect = session.value?.staff.staff_id !== view.staff.staff_id || signal.state === "idle";
    session.value = view;
    expiresAt = elapsed() + view.expires_in_s * 1000;
    status.value = view.must_change_password ? "must_change_password" : "signed_in";
    signedOutReason.value = null;
    if (reconnect && status.value === "signed_in") signal.open(credentials);
  }

  /** Resolve once it is known whether somebody is signed in to this tab. */
  function ready(): Promise<void> {
    starting ??= renew().then(() => undefined);
    return starting;
  }

  async function login(username: string, password: string): Promise<void> {
    accept(await api.open<SessionView>("/auth/login", { username, password, tab: newTabId() }));
    starting = Promise.resolve();
  }

  /** Demo servers only: sign this tab in as the demo person of a role. */
  async function startDemo(role: string, password: string): Promise<void> {
    accept(await api.open<SessionView>("/demo/start", { role, tab: newTabId(), password: password || null }));
    starting = Promise.resolve();
  }

  async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
    const body = { old_password: oldPassword, new_password: newPassword };
    accept(await api.post<SessionView>("/auth/password", body));
  }

  async function logout(): Promise<void> {
    await api.open("/auth/logout", { tab: tabId() }).catch(() => undefined);
    signOut(null);
  }

  function signOut(reason: string | null): void {
    signal.close();
    session.value = null;
    status.value = "signed_out";
    signedOutReason.value = reason;
  }

  /** Get a new access token from the tab's cookie; false when the person has to sign in. */
  function renew(): Promise<boolean> {
    renewing ??= renewOnce().finally(() => (renewing = null));
    return renewing;
  }

  async function renewOnce(): Promise<boolean> {
    try {
      accept(await api.open<SessionView>("/auth/refresh", { tab: tabId() }));
      return true;
    } catch (error) {
      if (session.value && !endsSession(error)) return false;
      if (status.value !== "signed_out") signOut(session.value ? "expired" : null);
      return false;
    }
  }

  async function credentials(fresh: boolean): Promise<{ token: string } | null> {
    const stale = elapsed() > expiresAt - RENEW_BEFORE_S * 1000;
    if (fresh || stale) await renew();
    return session.value ? { token: session.value.access_token } : null;
  }

  /** An access token for a connection that is to be opened now; null when nobody is signed in. */
  async function freshToken(): Promise<string | null> {
    return (await credentials(false))?.token ?? null;
  }

  signal.on("signed_out", (event) => signOut(event.reason));

  return {
    staff, permissions, home, status, signedOutReason,
    can, accept, ready, login, startDemo, changePassword, logout, freshToken,
  };
});

/** Whether the server said that the sign-in is over; a server that fails says nothing about it. */
function endsSession(error: unknown): boolean {
  return error instanceof ServerError && error.options.status === 401;
}
