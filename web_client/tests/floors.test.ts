/** A floor imports only itself and lower ones: pages → components → state → practice → rtc → protocol, with app on top; so do the rooms of components. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(__dirname, "../src");
const FLOORS = ["protocol", "rtc", "practice", "state", "components", "pages", "app"];
/** Rooms of components that know nothing of each other. */
const TOP_ROOMS = ["admin", "call", "devices", "floating", "replay"];
const IMPORT = /(?:from|import)\s*\(?\s*["']((?:@\/|\.{1,2}\/)[^"']+)["']/g;

function sources(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|vue)$/.test(path) && !path.endsWith(".d.ts"))
    .map((path) => join(SOURCE, path));
}

function floorOf(path: string): number {
  return FLOORS.indexOf(relative(SOURCE, path).split(/[\\/]/)[0]!);
}

function imported(file: string): string[] {
  const found = [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => match[1]!);
  return found.map((path) => (path.startsWith("@/") ? join(SOURCE, path.slice(2)) : resolve(dirname(file), path)));
}

describe("floors", () => {
  it("has a floor for every file", () => {
    expect(sources().filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it("imports nothing from a higher floor", () => {
    const climbs = sources().flatMap((file) =>
      imported(file)
        .filter((target) => floorOf(target) > floorOf(file))
        .map((target) => `${relative(SOURCE, file)} → ${relative(SOURCE, target)}`),
    );
    expect(climbs).toEqual([]);
  });

  it("keeps the rooms of components apart, with what several of them use below them", () => {
    const rooms = ["common", "shell", "lines", "session", "control", ...TOP_ROOMS];
    const roomOf = (path: string) => relative(join(SOURCE, "components"), path).split(/[\\/]/)[0]!;
    const heightOf = (path: string) => Math.min(rooms.indexOf(roomOf(path)), rooms.indexOf(TOP_ROOMS[0]!));
    const inside = sources().filter((file) => file.startsWith(join(SOURCE, "components")));
    expect(inside.filter((file) => heightOf(file) < 0)).toEqual([]);
    const crossings = inside.flatMap((file) =>
      imported(file)
        .filter((target) => target.startsWith(join(SOURCE, "components")) && roomOf(target) !== roomOf(file))
        .filter((target) => heightOf(target) >= heightOf(file))
        .map((target) => `${relative(SOURCE, file)} → ${relative(SOURCE, target)}`),
    );
    expect(crossings).toEqual([]);
  });

  it("keeps components out of the state and media floors", () => {
    const drawing = sources().filter((file) => floorOf(file) <= FLOORS.indexOf("state") && file.endsWith(".vue"));
    expect(drawing).toEqual([]);
  });
});
