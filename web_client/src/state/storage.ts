/**
 * What a page remembers: for the browser's profile (`kept`) or for this tab (`tabOnly`).
 *
 * A browser may refuse its storage altogether, or be full: then it is remembered until the page goes, and nothing fails.
 */

export interface Memory {
  read(key: string): string | null;
  write(key: string, value: string): void;
  forget(key: string): void;
  /** What was written as JSON; null when nothing was, or when something else wrote there. */
  recall<T>(key: string): T | null;
}

/** `storage` is asked anew each time: looking at it is what a browser refuses. */
export function memoryIn(storage: () => Storage): Memory {
  const here = new Map<string, string>();

  function attempt<T>(act: (there: Storage) => T): T | null {
    try {
      return act(storage());
    } catch {
      return null;
    }
  }

  function read(key: string): string | null {
    return here.get(key) ?? attempt((there) => there.getItem(key));
  }

  return {
    read,
    write(key, value) {
      here.delete(key);
      if (attempt((there) => (there.setItem(key, value), true)) === null) here.set(key, value);
    },
    forget(key) {
      here.delete(key);
      attempt((there) => there.removeItem(key));
    },
    recall<T>(key: string): T | null {
      try {
        return JSON.parse(read(key) ?? "null") as T | null;
      } catch {
        return null;
      }
    },
  };
}

export const kept = memoryIn(() => localStorage);
export const tabOnly = memoryIn(() => sessionStorage);
