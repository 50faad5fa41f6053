/** Every string is in the catalogue, in both languages, and every key that is used exists. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(__dirname, "../src");
const LOCALES = join(SOURCE, "locales");
const families = readdirSync(join(LOCALES, "zh-CN")).sort();

function keys(value: unknown, path = ""): string[] {
  if (value === null || typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([key, inner]) => keys(inner, path ? `${path}.${key}` : key));
}

function catalogue(language: string): Map<string, string> {
  return new Map(
    families.flatMap((file) => {
      const content = JSON.parse(readFileSync(join(LOCALES, language, file), "utf8")) as Record<string, unknown>;
      const family = file.replace(".json", "");
      return keys(content).map((key) => {
        const text = key.split(".").reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], content);
        return [`${family}.${key}`, String(text)] as const;
      });
    }),
  );
}

function sources(): { path: string; text: string }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|vue)$/.test(path) && !path.endsWith("generated.ts"))
    .map((path) => ({ path, text: readFileSync(join(SOURCE, path), "utf8") }));
}

/** The code without comments, which may quote the product's words. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/<!--[\s\S]*?-->/g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("catalogue", () => {
  const zh = catalogue("zh-CN");
  const en = catalogue("en");

  it("has the same families in both languages", () => {
    expect(readdirSync(join(LOCALES, "en")).sort()).toEqual(families);
  });

  it("has the same keys in both languages", () => {
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
  });

  it("has the same placeholders in both languages", () => {
    const differing = [...zh].filter(([key, text]) => `${placeholders(text)}` !== `${placeholders(en.get(key) ?? "")}`);
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  it("has no empty text", () => {
    expect([...zh, ...en].filter(([, text]) => text.trim() === "").map(([key]) => key)).toEqual([]);
  });

  it("has every key that the code names in full", () => {
    const used = /\b(?:t|te|words)\(\s*"([a-z]+(?:\.\w+)+)"/g;
    const missing = sources().flatMap(({ path, text }) =>
      [...code(text).matchAll(used)]
        .map((match) => match[1]!)
        .filter((key) => !zh.has(key) && ![...zh.keys()].some((known) => known.startsWith(`${key}.`)))
        .map((key) => `${path}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  it("has no key that nothing uses", () => {
    const texts = sources().map(({ text }) => code(text));
    const literals = new Set(texts.flatMap((text) => [...text.matchAll(/["']([a-z]+(?:\.\w+)+)["']/g)].map((match) => match[1]!)));
    const patterns = texts
      .flatMap((text) => [...text.matchAll(/`([a-z]+\.[^`]*\$\{[^`]*)`/g)].map((match) => match[1]!))
      .map((template) => new RegExp(`^${template.replaceAll(".", "\\.").replace(/\$\{[^}]*\}/g, "[\\w.]+")}$`));
    const asked = [...zh.keys()].map((key) => key.replace(/\.\d+$/, "")); // a list is asked for as a whole
    const unused = asked.filter((key) => !literals.has(key) && !patterns.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });

  it("leaves no Chinese in pages, components or stores", () => {
    const allowed = new Set(["普通话", "微软雅黑"]);
    const literal = sources().flatMap(({ path, text }) =>
      [...code(text).matchAll(/[\u4e00-\u9fff]+/g)]
        .map((match) => match[0])
        .filter((text) => !allowed.has(text))
        .map((text) => `${path}: ${text}`),
    );
    expect(literal).toEqual([]);
  });
});
