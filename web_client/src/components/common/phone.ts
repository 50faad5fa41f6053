/** The same pattern as the message types'. */
const PHONE = /^[0-9+ -]{5,20}$/;

/** True for what may be stored as a telephone number. */
export function isPhone(text: string): boolean {
  return PHONE.test(text);
}
