/** A long text on its way: one piece after another, each when the one before was typed, so that it can be stopped. */
import type { Chord, TypeText } from "@/protocol/control";
import { lengthOf, pieces } from "./text";

export interface TypingProgress {
  /** Characters that were typed, of how many. */
  done: number;
  whole: number;
  /** `refused`: the other side did not take a piece; what was typed before it is there. */
  state: "typing" | "done" | "refused" | "stopped";
}

export class Typing {
  private readonly waiting: TypeText[];
  private readonly whole: number;
  private done = 0;
  /** The piece that is being typed, with its number. */
  private current: { number: number; length: number } | null = null;
  private state: TypingProgress["state"] = "typing";

  /**
   * @param send returns the message's number, 0 when it cannot be sent; an answer about it must follow soon
   * @param tell hears of each step
   */
  constructor(
    text: string,
    mode: Chord,
    private readonly send: (piece: TypeText) => number,
    private readonly tell: (progress: TypingProgress) => void,
  ) {
    this.waiting = pieces(text, mode);
    this.whole = this.waiting.reduce((sum, piece) => sum + lengthOf(piece.text), 0);
    this.next();
  }

  /** The other side has come as far as this number. */
  reached(number: number): void {
    if (this.state !== "typing" || this.current === null || number < this.current.number) return;
    this.done += this.current.length;
    this.next();
  }

  /** The message of this number was not obeyed. */
  refused(number: number): void {
    if (this.state === "typing" && this.current?.number === number) this.finish("refused");
  }

  /** Type no more of it, or nobody is there to type it any more. */
  stop(): void {
    if (this.state === "typing") this.finish("stopped");
  }

  private next(): void {
    const piece = this.waiting.shift();
    if (!piece) return this.finish("done");
    const number = this.send(piece);
    if (number === 0) return this.finish("stopped");
    this.current = { number, length: lengthOf(piece.text) };
    this.report();
  }

  private finish(state: TypingProgress["state"]): void {
    this.state = state;
    this.current = null;
    this.report();
  }

  private report(): void {
    this.tell({ done: this.done, whole: this.whole, state: this.state });
  }
}
