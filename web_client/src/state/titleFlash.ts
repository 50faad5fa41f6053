/** Flash the window's title while something rings: pure alternation plus one timer. */

/** The title of step `n`: the alert on even steps, the page's own title on odd ones. */
export function titleAt(step: number, alert: string, own: string): string {
  return step % 2 === 0 ? alert : own;
}

/** Timers of hidden tabs run once a second at best, so nothing faster is asked for. */
const STEP_MS = 1000;

export class TitleFlash {
  private own: string | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  start(alert: string): void {
    this.stop();
    const own = document.title;
    let step = 0;
    this.own = own;
    document.title = titleAt(step, alert, own);
    this.timer = setInterval(() => (document.title = titleAt(++step, alert, own)), STEP_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    if (this.own !== null) document.title = this.own;
    this.timer = null;
    this.own = null;
  }
}
