import { afterEach, describe, expect, it, vi } from "vitest";
import { Api, queryString } from "@/protocol/api";
import { OfflineError, ServerError } from "@/protocol/errors";

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

function served(...answers: (Response | Error)[]) {
  const fetch = vi.fn(async (..._request: [string, RequestInit]) => {
    const next = answers.shift()!;
    if (next instanceof Error) throw next;
    return next;
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

afterEach(() => void vi.unstubAllGlobals());

describe("Api", () => {
  it("renews the token once on 401 and repeats the request with the new one", async () => {
    const fetch = served(answer(401, {}), answer(200, { ok: 1 }));
    const api = new Api();
    let token = "old";
    api.useTokens({ current: () => token, renew: async () => ((token = "new"), true) });
    await expect(api.get("/items/all")).resolves.toEqual({ ok: 1 });
    expect(fetch.mock.calls.map(([, init]) => (init.headers as Record<string, string>).Authorization)).toEqual([
      "Bearer old",
      "Bearer new",
    ]);
  });

  it("throws the server's own sentence, code and field", async () => {
    served(answer(422, { error: { code: "bad_input", sentence: "手机号不对", field: "phone" } }));
    const refusal = await new Api().post("/x").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ServerError);
    expect(refusal).toMatchObject({ code: "bad_input", sentence: "手机号不对", options: { field: "phone", status: 422 } });
  });

  it("tells a lost network from a refusal", async () => {
    served(new TypeError("Failed to fetch"));
    await expect(new Api().get("/x")).rejects.toBeInstanceOf(OfflineError);
  });

  it("never sends a token with login or refresh, and never renews for them", async () => {
    const fetch = served(answer(401, { error: { code: "bad_credentials", sentence: "" } }));
    const api = new Api();
    const renew = vi.fn(async () => true);
    api.useTokens({ current: () => "secret", renew });
    await expect(api.open("/auth/login", {})).rejects.toMatchObject({ code: "bad_credentials" });
    expect(renew).not.toHaveBeenCalled();
    expect(fetch.mock.calls[0]?.[1].headers).not.toHaveProperty("Authorization");
  });

  it("reads a page that is not JSON as a refusal by status", async () => {
    served(new Response("<html>", { status: 502 }));
    await expect(new Api().get("/x")).rejects.toMatchObject({ code: "http_502" });
  });
});

describe("queryString", () => {
  it("leaves out what is empty and escapes the rest", () => {
    expect(queryString({ query: "住院 报销", page: 2, from: "", to: null })).toBe("?query=%E4%BD%8F%E9%99%A2+%E6%8A%A5%E9%94%80&page=2");
    expect(queryString({})).toBe("");
  });
});
