/** The practice PC (练习电脑) of a drill: it is shared as the counter's desktop, and its helper is a part of this page. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { drawPc, FIELD_FONT, type PracticeWords, type Shown } from "@/practice/draw";
import { PracticeHelper, type Local } from "@/practice/helper";
import { SCREEN } from "@/practice/layout";
import { PracticePc } from "@/practice/pc";
import { elapsed } from "@/protocol/clock";
import { signal } from "@/protocol/socket";
import { drawnTrack } from "@/rtc/samples";
import { useAuth } from "@/state/auth";
import { words } from "@/state/i18n";
import { useSession } from "@/state/session";

const FPS = 15;
/** A connection that is lost is made anew after this long, in ms, with a fresh key. */
const AGAIN_MS = 1_000;
const NOTHING: Shown = { banner: null, pointer: null, lines: [], mark: null };

const seconds = () => elapsed() / 1000;

function catalogued(): PracticeWords {
  const one = (name: string) => words(`practice.pc.${name}`);
  return {
    title: one("title"),
    window: one("window"),
    name: one("name"),
    phone: one("phone"),
    agree: one("agree"),
    memo: one("memo"),
    submit: one("submit"),
    list: one("list"),
    sent: (times) => words("practice.pc.sent", { times: String(times) }),
    banner: (who, paused) => words(paused ? "practice.pc.bannerPaused" : "practice.pc.banner", { who }),
    items: one("items").split("\n"),
  };
}

/** Width of a text in the fields, letter by letter: each is measured once. */
function measuring(): (text: string) => number {
  const pen = document.createElement("canvas").getContext("2d")!;
  pen.font = FIELD_FONT;
  const known = new Map<string, number>();
  const widthOf = (letter: string) => {
    const width = known.get(letter) ?? pen.measureText(letter).width;
    known.set(letter, width);
    return width;
  };
  return (text) => [...text].reduce((sum, letter) => sum + widthOf(letter), 0);
}

export const usePractice = defineStore("practice", () => {
  const session = useSession();
  const running = ref(false);
  /** Its helper has been let in by the server. */
  const connected = ref(false);
  const pc = shallowRef<PracticePc | null>(null);
  /** Counts frames, for what is told of the PC beside its picture. */
  const frames = ref(0);
  let helper: PracticeHelper | null = null;
  let socket: WebSocket | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let view: CanvasRenderingContext2D | null = null;

  /** Open it and share it; throws what the server says outside drills. */
  async function start(): Promise<void> {
    if (running.value) return;
    const callId = session.callId;
    if (!callId) return;
    const key = await askKey(callId);
    const said = catalogued();
    const made = new PracticePc(said.items.length, measuring());
    pc.value = made;
    running.value = true;
    const source = drawnTrack((pen, _width, _height, now) => {
      helper?.pass();
      drawPc(pen, made, said, helper?.shown ?? NOTHING, now);
      view?.drawImage(pen.canvas, 0, 0);
      frames.value += 1;
    }, { width: SCREEN.w, height: SCREEN.h, fps: FPS });
    source.track.contentHint = "detail";
    connect(made, key, callId);
    await session.sharePractice({ ...source, stop: () => (source.stop(), closed()) });
  }

  async function askKey(callId: string): Promise<string> {
    return (await signal.emitCommand("control.practice", { call_id: callId })).key;
  }

  function connect(made: PracticePc, key: string, callId: string): void {
    const line = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/helper`);
    socket = line;
    const mine = new PracticeHelper(made, { send: (text) => line.send(text), close: () => line.close() }, seconds);
    line.onopen = () => {
      helper = mine;
      mine.begin(key, useAuth().staff?.name ?? "");
    };
    line.onmessage = ({ data }: MessageEvent<string>) => {
      connected.value = true;
      mine.hear(data);
    };
    line.onclose = () => {
      mine.end();
      if (socket !== line) return;
      helper = null;
      connected.value = false;
      again = setTimeout(() => void reconnect(made, callId), AGAIN_MS);
    };
  }

  async function reconnect(made: PracticePc, callId: string): Promise<void> {
    if (!running.value || pc.value !== made) return;
    try {
      connect(made, await askKey(callId), callId);
    } catch {
      again = setTimeout(() => void reconnect(made, callId), AGAIN_MS);
    }
  }

  /** The share is over, by whoever ended it. */
  function closed(): void {
    clearTimeout(again);
    const line = socket;
    socket = null;
    helper?.end();
    line?.close();
    helper = null;
    connected.value = running.value = false;
    pc.value = null;
  }

  /** The person at the PC does something with its own mouse or keyboard. */
  function local(event: Local): void {
    helper?.local(event);
  }

  /** Where it is shown in the page; null for nowhere. */
  function showOn(canvas: HTMLCanvasElement | null): void {
    view = canvas?.getContext("2d") ?? null;
  }

  const stop = () => session.setSource("desktop", false);
  const state = () => helper?.state ?? "idle";

  return { running, connected, pc, frames, start, stop, local, showOn, state };
});
