/** Around my shared desktop: the small window on top while it is shared, and the share that a reload cut off. */
import { ref } from "vue";
import type { SnapshotView } from "@/protocol/generated";
import type { Sources } from "@/state/session/sources";

export class Sharing {
  /** The small window is wanted. */
  readonly floating = ref(false);
  /** The desktop was shared before this page was loaded: 继续共享桌面 is offered. */
  readonly interrupted = ref(false);

  restore(snapshot: SnapshotView, sources: Sources): void {
    this.interrupted.value = snapshot.was_sharing && !sources.tracks.has("desktop");
  }

  /** Share the desktop, or stop. Call inside a click. */
  async set(on: boolean, sources: Sources): Promise<void> {
    const changing = sources.set("desktop", on);
    // The small window needs the same click as the picker, so it opens before anything is awaited.
    if (on) this.floating.value = true;
    await changing;
    if (sources.tracks.has("desktop")) this.interrupted.value = false;
    else this.floating.value = false;
  }

  /** The share ended in the browser's own bar, or the session is over. */
  end(): void {
    this.floating.value = false;
    this.interrupted.value = false;
  }
}
