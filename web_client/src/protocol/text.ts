/** Text cut to what the server takes, never inside of what a person sees as one character. */

const characters = typeof Intl.Segmenter === "function" ? new Intl.Segmenter("zh", { granularity: "grapheme" }) : null;

/** The characters of a text as a person counts them; code points where the browser cannot tell. */
function split(text: string): string[] {
  return characters ? Array.from(characters.segment(text), ({ segment }) => segment) : Array.from(text);
}

/** Half of a character, as titles of other programs may hold, which no server takes. */
const HALVES = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** At most `most` code points, as the server counts, of whole characters only. */
export function cut(text: string, most: number): string {
  let left = most;
  const kept = [];
  for (const character of split(text.replace(HALVES, "\uFFFD"))) {
    left -= Array.from(character).length;
    if (left < 0) break;
    kept.push(character);
  }
  return kept.join("");
}

/** The first character, as the letter in somebody's picture. */
export function initial(text: string): string {
  return split(text)[0] ?? "";
}
