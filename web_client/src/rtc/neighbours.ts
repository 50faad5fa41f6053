/** Find other ends of the same call in this browser: two loudspeakers beside two microphones would howl. */

interface Greeting {
  call: string;
  from: string;
  answer: boolean;
}

/** Tell other tabs which call this one is in; `found` runs once another end of it is heard. */
export class Neighbours {
  private channel: BroadcastChannel | null = null;
  private readonly me = Math.random().toString(36).slice(2);

  enter(call: string, found: () => void): void {
    this.leave();
    const channel = new BroadcastChannel("bangban.ends");
    channel.onmessage = (event: MessageEvent<Greeting>) => {
      if (event.data.call !== call || event.data.from === this.me) return;
      if (event.data.answer) channel.postMessage({ call, from: this.me, answer: false } satisfies Greeting);
      found();
    };
    channel.postMessage({ call, from: this.me, answer: true } satisfies Greeting);
    this.channel = channel;
  }

  leave(): void {
    this.channel?.close();
    this.channel = null;
  }
}
