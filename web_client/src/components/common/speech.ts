/** Speak a sentence aloud where the browser has a voice; silent where it has none. */

/** A little slower than the voice's own pace: the listener may be old. */
const RATE = 0.9;

export function speak(sentence: string, language: string): void {
  if (!("speechSynthesis" in window)) return;
  const utterance = new SpeechSynthesisUtterance(sentence);
  utterance.lang = language;
  utterance.rate = RATE;
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
}
