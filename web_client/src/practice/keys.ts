/** What physical keys (W3C UI Events `code`) type on a US keyboard, and which only change what others do. Pure. */

const PLAIN: Readonly<Record<string, string>> = {
  Backquote: "`~",
  Minus: "-_",
  Equal: "=+",
  BracketLeft: "[{",
  BracketRight: "]}",
  Backslash: "\\|",
  Semicolon: ";:",
  Quote: "'\"",
  Comma: ",<",
  Period: ".>",
  Slash: "/?",
  Space: "  ",
  NumpadMultiply: "**",
  NumpadAdd: "++",
  NumpadSubtract: "--",
  NumpadDivide: "//",
  NumpadDecimal: "..",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

export const MODIFIERS: ReadonlySet<string> = new Set([
  "ShiftLeft",
  "ShiftRight",
  "ControlLeft",
  "ControlRight",
  "AltLeft",
  "AltRight",
  "MetaLeft",
  "MetaRight",
  "CapsLock",
]);

/** The character a key types, null for one that types none. */
export function typed(code: string, shift: boolean, capsLock: boolean): string | null {
  if (/^Key[A-Z]$/.test(code)) return shift === capsLock ? code[3]!.toLowerCase() : code[3]!;
  if (/^Digit\d$/.test(code)) return shift ? SHIFTED_DIGITS[Number(code[5])]! : code[5]!;
  if (/^Numpad\d$/.test(code)) return code[6]!;
  return PLAIN[code]?.[shift ? 1 : 0] ?? null;
}

const OTHER_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(PLAIN),
  ...MODIFIERS,
  ..."Escape Backspace Tab Enter NumLock ScrollLock IntlBackslash IntlRo IntlYen Convert NonConvert KanaMode".split(" "),
  ..."NumpadEnter NumpadEqual PrintScreen Pause ContextMenu Insert Delete Home End PageUp PageDown".split(" "),
  ..."ArrowUp ArrowDown ArrowLeft ArrowRight".split(" "),
]);

/** Whether the helper presses this key: power, sleep and media keys are no keys to it. */
export function isKey(code: string): boolean {
  return /^(Key[A-Z]|Digit\d|Numpad\d|F[1-9]|F1[0-2])$/.test(code) || OTHER_KEYS.has(code);
}
