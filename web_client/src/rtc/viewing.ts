/**
 * How high each received picture is shown, over everything that shows it: more need not be sent, and nothing of what
 * is not shown at all.
 */

/** Heights are told when they have stood for so long, in ms: a pane that is dragged tells one. */
const SETTLED_MS = 300;

/** Device pixels of height; 0: it is not shown. */
type Listener = (height: number) => void;

class Shown {
  readonly elements = new Set<HTMLVideoElement>();
  listener: Listener | null = null;
  told: number | null = null;
  timer: ReturnType<typeof setTimeout> | null = null;
}

export class Viewing {
  private readonly shown = new WeakMap<MediaStreamTrack, Shown>();
  private readonly current = new Map<HTMLVideoElement, Shown>();
  private readonly looking = new Map<HTMLVideoElement, () => void>();

  /** Follow an element for as long as it is on a page, whatever it shows; returns how to end that. */
  follow(element: HTMLVideoElement): () => void {
    const look = () => this.look(element);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    const page = element.ownerDocument;
    page.addEventListener("visibilitychange", look);
    this.looking.set(element, look);
    look();
    return () => {
      observer.disconnect();
      page.removeEventListener("visibilitychange", look);
      this.looking.delete(element);
      this.move(element, null);
    };
  }

  /** An element shows another stream than before. */
  changed(element: HTMLVideoElement): void {
    this.looking.get(element)?.();
  }

  /** Tell how high a track is shown from now on, once it is; returns how to end that. */
  tell(track: MediaStreamTrack, listener: Listener): () => void {
    const shown = this.of(track);
    shown.listener = listener;
    shown.told = null;
    if (shown.elements.size > 0) this.settle(shown);
    return () => {
      shown.listener = null;
      if (shown.timer !== null) clearTimeout(shown.timer);
      shown.timer = null;
    };
  }

  private of(track: MediaStreamTrack): Shown {
    const known = this.shown.get(track) ?? new Shown();
    this.shown.set(track, known);
    return known;
  }

  private look(element: HTMLVideoElement): void {
    const [track] = element.srcObject instanceof MediaStream ? element.srcObject.getVideoTracks() : [];
    this.move(element, track ? this.of(track) : null);
  }

  private move(element: HTMLVideoElement, to: Shown | null): void {
    const from = this.current.get(element) ?? null;
    if (to) this.current.set(element, to);
    else this.current.delete(element);
    if (from && from !== to) {
      from.elements.delete(element);
      this.settle(from);
    }
    if (!to) return;
    to.elements.add(element);
    this.settle(to);
  }

  private settle(shown: Shown): void {
    if (!shown.listener) return;
    if (shown.timer !== null) clearTimeout(shown.timer);
    shown.timer = setTimeout(() => {
      shown.timer = null;
      const height = Math.max(0, ...[...shown.elements].map(heightOf));
      if (height === shown.told) return;
      shown.told = height;
      shown.listener?.(height);
    }, SETTLED_MS);
  }
}

/** A page that is hidden shows nothing, unless a small window on top is painted from it. */
export function isSeen(page: Document): boolean {
  return !page.hidden || page.pictureInPictureElement != null;
}

function heightOf(element: HTMLVideoElement): number {
  const page = element.ownerDocument;
  if (!isSeen(page)) return 0;
  return Math.round(element.clientHeight * (page.defaultView?.devicePixelRatio ?? 1));
}

export const viewing = new Viewing();
