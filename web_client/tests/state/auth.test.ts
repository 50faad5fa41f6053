import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/protocol/api";
import { OfflineError, ServerError } from "@/protocol/errors";
import { signal } from "@/protocol/socket";
import { useAuth } from "@/state/auth";

const VIEW = { access_token: "t", expires_in_s: 0, staff: { staff_id: "s1" }, permissions: [], home: "clerk" };

describe("A session whose renewal fails", () => {
  const opened = vi.spyOn(signal, "open").mockImplementation(() => undefined);
  const asked = vi.spyOn(api, "open");

  beforeEach(() => setActivePinia(createPinia()));

  async function after(failure: Error): Promise<string> {
    const auth = useAuth();
    asked.mockResolvedValueOnce(VIEW);
    await auth.login("a", "b");
    asked.mockRejectedValueOnce(failure);
    await opened.mock.lastCall![0](false);
    return auth.status;
  }

  it.each([
    ["no network", new OfflineError()],
    ["a server that fails", new ServerError("unexpected", "", { status: 500 })],
    ["a proxy whose server is starting", new ServerError("http_502", "", { status: 502 })],
  ])("because of %s goes on", async (_name, failure) => {
    expect(await after(failure)).toBe("signed_in");
  });

  it("because it is over ends", async () => {
    expect(await after(new ServerError("session_ended", "", { status: 401 }))).toBe("signed_out");
  });
});
