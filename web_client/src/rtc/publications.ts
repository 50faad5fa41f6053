/** What is sent in a room: one producer a track, and what the server was told of each. */
import type { types } from "mediasoup-client";
import type { DisplaySurface, Opaque, Produce, ProducerView, Track } from "@/protocol/generated";
import { sharesOn, type Share } from "@/rtc/ladder";
import { rateOf, restraintOf, type Restraint } from "@/rtc/restraint";
import type { Emit } from "@/rtc/room";

/** What is said of a track when it is sent first. */
export interface About {
  displaySurface: DisplaySurface | null;
}

/** The same as it goes to the server, by way of mediasoup-client's `appData`. */
type Said = Pick<Produce, "track" | "paused" | "silenced" | "display_surface">;

/** Whether a track is sent, held back by this side, or held back because its device gives nothing. */
export type Flow = "sent" | "paused" | "silenced";

/** Highest bit rates we configure, in bit/s: what old PCs and village lines carry. */
const BITRATE: Readonly<Record<Exclude<Track, "microphone">, { maxBitrate: number; maxFramerate: number }>> = {
  camera: { maxBitrate: 400_000, maxFramerate: 15 },
  document_camera: { maxBitrate: 800_000, maxFramerate: 5 },
  desktop: { maxBitrate: 1_200_000, maxFramerate: 8 },
};

interface Publication {
  producer: types.Producer;
  flow: Flow;
  /** What the server believes of it; null while it was told and did not answer. */
  told: Flow | null;
  /** The encodings it was made with. */
  encodings: readonly types.RtpEncodingParameters[];
  /** The best encoding that anybody takes. */
  wanted: number;
  /** What the browser was told last; null: nothing yet. */
  restraint: Restraint | null;
}

export interface SendingSide {
  callId: string;
  emit: Emit;
  transport: types.Transport;
  /** Codecs both this browser and the router have. */
  codecs: readonly types.RtpCodecCapability[];
  /** Video codec preferred, as in `video/<name>`. */
  codec: string;
}

export class Publications {
  private readonly all = new Map<Track, Publication>();

  /** `shares` says how much of each track is sent. */
  constructor(
    private readonly side: SendingSide,
    private shares: Readonly<Record<Track, Share>> = sharesOn("high"),
  ) {
    side.transport.on("produce", ({ rtpParameters, appData }, done, failed) => {
      const body: Produce = {
        ...(appData as unknown as Said),
        call_id: side.callId,
        transport_id: side.transport.id,
        rtp_parameters: rtpParameters as unknown as Opaque,
      };
      side.emit("media.produce", body).then(({ producer_id: id }) => done({ id }), failed);
    });
  }

  /** Send a track, or hold it back; one already sent under that name is replaced without telling anybody. */
  async publish(name: Track, track: MediaStreamTrack, about: About, flow: Flow): Promise<void> {
    const known = this.all.get(name);
    if (known && !known.producer.closed) {
      await known.producer.replaceTrack({ track });
      return this.setFlow(name, flow);
    }
    const paused = flow !== "sent";
    track.enabled = !paused;
    const said: Said = { track: name, paused, silenced: flow === "silenced", display_surface: about.displaySurface };
    const producer = await this.side.transport.produce({
      track,
      stopTracks: false,
      // A paused microphone keeps sending silence: its clock must not stop, or the recording would cut.
      zeroRtpOnPause: name !== "microphone",
      disableTrackOnPause: true,
      ...this.options(name),
      appData: said as unknown as types.AppData,
    });
    const encodings = (producer.rtpParameters.encodings ?? []).map((one) => ({ ...one }));
    const made = { producer, flow, told: flow, encodings, wanted: Infinity, restraint: null };
    this.all.set(name, made);
    if (this.shares[name] !== "whole") await this.restrain(name, made);
  }

  /** Stop sending a track and tell the server; what it does not hear now it hears in `reconcile`. */
  async unpublish(name: Track): Promise<void> {
    const known = this.all.get(name);
    this.all.delete(name);
    known?.producer.close();
    if (known) await this.tellClosed(known.producer.id);
  }

  /** Hold back or send what is published, here at once; the server stops forwarding as soon as it hears of it. */
  async setFlow(name: Track, flow: Flow): Promise<void> {
    const known = this.all.get(name);
    if (!known || known.producer.closed) return;
    const paused = flow !== "sent";
    if (known.producer.paused !== paused) {
      if (paused) known.producer.pause();
      else known.producer.resume();
    }
    known.flow = flow;
    if (known.told !== flow) await this.tellFlow(known);
  }

  /** Stop the encodings above `maxLayer`, which nobody takes, and send those up to it. */
  async limitLayers(producerId: string, maxLayer: number): Promise<void> {
    const found = [...this.all].find(([, { producer }]) => producer.id === producerId && !producer.closed);
    if (!found) return;
    found[1].wanted = maxLayer;
    await this.restrain(...found);
  }

  /** Send so much of each track from now on. */
  async share(shares: Readonly<Record<Track, Share>>): Promise<void> {
    this.shares = shares;
    await Promise.all([...this.all].map((one) => this.restrain(...one)));
  }

  /** What is asked of the browser for pictures that flow, in bit/s at most. */
  askedBps(): number {
    const flowing = [...this.all].filter(([name, { flow }]) => name !== "microphone" && flow === "sent");
    const rates = flowing.map(([name, { encodings, wanted }]) =>
      rateOf(restraintOf(name, this.shares[name], encodings), encodings, wanted),
    );
    return rates.reduce((sum, rate) => sum + rate, 0);
  }

  has(name: Track): boolean {
    return this.all.has(name);
  }

  /** Whether a producer is one of mine that is still sent. */
  holds(producerId: string): boolean {
    return [...this.all.values()].some(({ producer }) => producer.id === producerId);
  }

  /** Make the server's list of my tracks and mine one again, after a time in which neither heard the other. */
  async reconcile(mine: readonly ProducerView[]): Promise<void> {
    const seen = new Map(mine.map((view) => [view.producer_id, view]));
    for (const [name, { producer }] of this.all) {
      if (seen.has(producer.id)) continue;
      producer.close();
      this.all.delete(name);
    }
    const strangers = mine.filter(({ producer_id: id }) => !this.holds(id));
    const differing = [...this.all.values()].filter((known) => {
      known.told = flowOf(seen.get(known.producer.id)!);
      return known.told !== known.flow;
    });
    await Promise.all([
      ...strangers.map(({ producer_id: id }) => this.tellClosed(id)),
      ...differing.map((known) => this.tellFlow(known)),
    ]);
  }

  /** Tell the browser what is wanted by the others and left by the line; one that refuses sends as before. */
  private async restrain(name: Track, known: Publication): Promise<void> {
    const { producer, encodings, wanted } = known;
    if (producer.kind !== "video" || producer.closed) return;
    const before = known.restraint ?? restraintOf(name, "whole", encodings);
    const now = restraintOf(name, this.shares[name], encodings);
    known.restraint = now;
    await producer.setMaxSpatialLayer(Math.min(now.maxLayer, wanted));
    if (now.maxFramerate === before.maxFramerate && now.maxBitrate === before.maxBitrate) return;
    const { maxFramerate, maxBitrate } = now;
    const said = maxBitrate === null ? { maxFramerate } : { maxFramerate, maxBitrate };
    await producer.setRtpEncodingParameters(said).catch(() => undefined);
  }

  private async tellFlow(known: Publication): Promise<void> {
    const { flow } = known;
    known.told = null;
    const ref = { call_id: this.side.callId, producer_id: known.producer.id };
    const told =
      flow === "sent"
        ? this.side.emit("media.resume_producer", ref)
        : this.side.emit("media.pause_producer", { ...ref, silenced: flow === "silenced" });
    await told.then(
      () => void (known.told = flow),
      () => undefined,
    );
  }

  private async tellClosed(producerId: string): Promise<void> {
    await this.side.emit("media.close_producer", { call_id: this.side.callId, producer_id: producerId }).catch(() => undefined);
  }

  private options(name: Track): Partial<types.ProducerOptions> {
    if (name === "microphone") return { codecOptions: { opusDtx: true, opusFec: true, opusNack: true, opusStereo: false } };
    const codec = this.side.codecs.find(({ mimeType }) => mimeType.toLowerCase() === `video/${this.side.codec}`);
    return { codec, encodings: [BITRATE[name]], codecOptions: { videoGoogleStartBitrate: 300 } };
  }
}

function flowOf({ paused, silenced }: ProducerView): Flow {
  if (!paused) return "sent";
  return silenced ? "silenced" : "paused";
}
