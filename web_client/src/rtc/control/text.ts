/** Texts as the channel takes them: without control characters, in pieces of what one message holds. Pure. */
import { MAX_TEXT, type Chord, type TypeText } from "@/protocol/control";

/** What no text may hold: control characters but tab and newline, and halves of surrogate pairs. */
const UNSENDABLE = /[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]/gu;

/** The text as it may be sent; line ends become newlines. */
export function sendable(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(UNSENDABLE, "");
}

/** How many characters the channel counts: code points. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** The messages that type a text, in order; none for nothing. No character is cut in two. */
export function pieces(text: string, mode: Chord): TypeText[] {
  const characters = [...sendable(text)];
  const parts: TypeText[] = [];
  for (let at = 0; at < characters.length; at += MAX_TEXT) {
    parts.push({ t: "tx", text: characters.slice(at, at + MAX_TEXT).join(""), mode });
  }
  return parts;
}
