/** The window's title: what the page is, and what flashes in its place while something rings. */

/** The title of step `n`: the alert on even steps, the page's own title on odd ones. */
export function titleAt(step: number, alert: string, own: string): string {
  return step % 2 === 0 ? alert : own;
}

/** Timers of hidden tabs run once a second at best, so nothing faster is asked for. */
const STEP_MS = 1000;

/** The one writer of `document.title`: a page may change its name while something rings. */
export class WindowTitle {
  private own = document.title;
  private alert: string | null = null;
  private step = 0;
  private timer: ReturnType<typeof setInterval> | null = null;

  /** Say what the page is, now or when the ringing ends. */
  name(own: string): void {
    this.own = own;
    this.show();
  }

  /** Alternate between the alert and the page's name until `calm`. */
  flash(alert: string): void {
    this.calm();
    this.alert = alert;
    this.step = 0;
    this.show();
    this.timer = setInterval(() => {
      this.step += 1;
      this.show();
    }, STEP_MS);
  }

  calm(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.alert = null;
    this.show();
  }

  private show(): void {
    document.title = this.alert === null ? this.own : titleAt(this.step, this.alert, this.own);
  }
}

export const windowTitle = new WindowTitle();
