/** Sound the page makes itself: one AudioContext, unlocked by a click, a ring, a test tone. No sound files. */

/** Two-tone ring like a desk telephone: frequency in Hz, start and length in s. */
const RING: readonly { hz: number; at: number; length: number }[] = [
  { hz: 880, at: 0, length: 0.22 },
  { hz: 1108, at: 0.26, length: 0.22 },
  { hz: 880, at: 0.6, length: 0.22 },
  { hz: 1108, at: 0.86, length: 0.22 },
];
const RING_VOLUME = 0.35;
const TEST_VOLUME = 0.25;

let context: AudioContext | null = null;

/** The page's audio context; it stays suspended until `unlockSound` runs inside a click. */
export function audioContext(): AudioContext {
  context ??= new AudioContext({ latencyHint: "interactive" });
  return context;
}

/** True once this page may play sound without being clicked again. */
export function soundUnlocked(): boolean {
  return context?.state === "running";
}

/** How long a click waits for the sound to start, in ms: without a sound card Firefox would wait for ever. */
const SOUND_CARD_PATIENCE_MS = 3_000;

/** Call inside a click: from now on the page may ring while it is hidden. Returns whether it worked. */
export function unlockSound(): Promise<boolean> {
  return trySound(SOUND_CARD_PATIENCE_MS);
}

/** Try without a click: browsers allow it where the person has used the page before. */
export async function trySound(patienceMs = 400): Promise<boolean> {
  if (soundUnlocked()) return true;
  const resumed = audioContext().resume().catch(() => undefined);
  await Promise.race([resumed, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  return soundUnlocked();
}

function tone(hz: number, at: number, length: number, volume: number): void {
  const audio = audioContext();
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const start = audio.currentTime + at;
  oscillator.frequency.value = hz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume, start + 0.02);
  gain.gain.setValueAtTime(volume, start + length - 0.04);
  gain.gain.linearRampToValueAtTime(0, start + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

/** Ring once, about 1.1 s; the caller repeats it on the server's beat or a timer. */
export function ringOnce(): void {
  if (soundUnlocked()) RING.forEach(({ hz, at, length }) => tone(hz, at, length, RING_VOLUME));
}

/** A calm tone of 1.2 s through the loudspeaker with this id; empty = the system's default. Call inside a click. */
export async function testTone(speakerId: string): Promise<void> {
  await unlockSound();
  const audio = audioContext() as AudioContext & { setSinkId?: (id: string) => Promise<void> };
  await audio.setSinkId?.(speakerId).catch(() => audio.setSinkId?.("").catch(() => undefined));
  tone(523, 0, 0.5, TEST_VOLUME);
  tone(659, 0.5, 0.7, TEST_VOLUME);
}
