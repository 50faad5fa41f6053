import { afterEach, describe, expect, it, vi } from "vitest";

import { stateOf } from "@/components/control/clerk/helperPairing";
import { commands, helperServer, readProgram } from "@/components/control/clerk/helperProgram";
import { counterId } from "@/state/counter";
import { kept } from "@/state/storage";

const SHA = "ab".repeat(32);

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, headers: Record<string, string>): void {
  vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response(null, { status, headers }))));
}

describe("the program to download", () => {
  it("is known by its digest before it is fetched", async () => {
    answering(200, { ETag: `"${SHA}"`, "Content-Length": "209000" });
    expect(await readProgram()).toEqual({ sha256: SHA, bytes: 209_000 });
  });

  it("is missing where the server says so, or answers with something else", async () => {
    answering(404, {});
    await expect(readProgram()).rejects.toMatchObject({ code: "no_program" });
    answering(200, { "Content-Type": "text/html" });
    await expect(readProgram()).rejects.toMatchObject({ code: "no_program" });
  });

  it("is told the server's own secure address", () => {
    expect(helperServer("https://help.example:8443", null)).toBe("https://help.example:8443");
    expect(helperServer("http://10.0.0.5:8080", "https://10.0.0.5:8443/")).toBe("https://10.0.0.5:8443");
    expect(helperServer("http://localhost:8080", null)).toBeNull();
    expect(commands("https://help.example", "123456").pair).toBe("python3 bangban-helper.pyz pair 123456 --server https://help.example");
  });
});

describe("this PC", () => {
  it("has one name, whatever was written in its place", () => {
    const name = counterId();
    expect(name).toMatch(/^[0-9a-f]{24}$/);
    expect(counterId()).toBe(name);
    kept.write("bangban.counter", "../x");
    expect(counterId()).toMatch(/^[0-9a-f]{24}$/);
  });

  it.each([
    [null, "unknown"],
    [{ paired: false, here: false, too_old: false, name: "" }, "unpaired"],
    [{ paired: true, here: false, too_old: false, name: "柜台一" }, "away"],
    [{ paired: true, here: false, too_old: true, name: "柜台一" }, "old"],
    [{ paired: true, here: true, too_old: false, name: "柜台一" }, "ready"],
  ] as const)("with %j is %s", (stand, state) => expect(stateOf(stand)).toBe(state));
});
