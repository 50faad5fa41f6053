/**
 * What a key press means to this page, and when it means nothing: while an input method chooses characters, its
 * Enter, Escape, arrows and digits are its own. Every key handler asks `pressed` first.
 *
 * Browsers tell in three ways, none of them always: `isComposing` (not where `compositionend` comes first, as in
 * Safari, nor for the first key of a composition), the key code 229 that stands for "an input method has it"
 * (UI Events §7.3.1), and the key `Process`. The release of a key tells nothing at all; no handler acts on it.
 */

/** What browsers give as the code of a key that an input method has taken. */
const TAKEN = 229;

/** The key a person pressed (`KeyboardEvent.key`), or null when the input method has it. */
export function pressed(event: KeyboardEvent): string | null {
  const taken = event.isComposing || event.keyCode === TAKEN || event.key === "Process";
  return taken ? null : event.key;
}

/** Let libraries' handlers see no key of an input method either: Escape that drops a candidate must close no dialog. */
export function shieldInputMethods(): void {
  const shield = (event: KeyboardEvent) => pressed(event) === null && event.stopPropagation();
  document.addEventListener("keydown", shield, { capture: true });
}

const FIELDS = "input, textarea, select, [contenteditable=true], [contenteditable='']";
/** Inputs that take no text: a key pressed there is not typed. */
const NOT_TYPED = "input[type=checkbox], input[type=radio], input[type=button], input[type=range]";

/** Whether somebody types in this element. */
export function isTyping(element: EventTarget | null): boolean {
  if (!(element instanceof Element)) return false;
  const field = element.closest(FIELDS);
  return field !== null && !field.matches(NOT_TYPED);
}

/** Whether the key belongs to a field, a sheet over the page or a combination, and not to the page. */
export function belongsElsewhere(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || pressed(event) === null) return true;
  return isTyping(event.target) || (event.target instanceof Element && event.target.closest("[aria-modal=true]") !== null);
}
