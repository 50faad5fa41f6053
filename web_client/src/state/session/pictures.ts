/** The pictures of a session as the stage shows them: derived from who is here and what they send. */
import { markRaw } from "vue";
import type { DisplaySurface, Part, ParticipantView, ProducerView, Track } from "@/protocol/generated";
import { withheldOn } from "@/rtc/ladder";
import type { Sources } from "@/state/session/sources";

/** One video of the session, mine or somebody's, as the stage shows it. */
export interface Picture {
  /** Stable over reloads of the sender: participant and track. */
  key: string;
  participantId: string;
  name: string;
  part: Part;
  track: Track;
  local: boolean;
  /** Null while my own picture is not yet known to the server. */
  producerId: string | null;
  stream: MediaStream | null;
  paused: boolean;
  /** A thin line leaves it out, or a step that was pinned. */
  held: boolean;
  displaySurface: DisplaySurface | null;
  /** The sender is reconnecting: the last picture stays and its place is kept. */
  frozen: boolean;
}

interface People {
  participants: readonly ParticipantView[];
  producers: readonly ProducerView[];
  meId: string | null;
}

/** Videos of the others, in the order they were announced; `isHeld` says which ones do not come to me for a thin line. */
export function remotePictures(
  people: People,
  streams: ReadonlyMap<string, MediaStream>,
  isHeld: (producer: ProducerView) => boolean,
): Picture[] {
  const theirs = people.producers.filter(
    (producer) => producer.kind === "video" && producer.participant_id !== people.meId,
  );
  return theirs.map((producer) => {
    const sender = people.participants.find(({ participant_id: id }) => id === producer.participant_id);
    return {
      key: `${producer.participant_id}:${producer.track}`,
      participantId: producer.participant_id,
      name: sender?.name ?? "",
      part: sender?.part ?? "specialist",
      track: producer.track,
      local: false,
      producerId: producer.producer_id,
      stream: streams.get(producer.producer_id) ?? null,
      paused: producer.paused,
      held: producer.paused ? withheldOn(sender?.sending.step ?? "high").includes(producer.track) : isHeld(producer),
      displaySurface: producer.display_surface,
      frozen: sender?.online === false,
    };
  });
}

/** My own videos; `withheld` are those not sent while the network is weak. */
export function localPictures(
  people: People,
  sources: Pick<Sources, "tracks" | "states">,
  withheld: readonly Track[],
): Picture[] {
  const me = people.participants.find(({ participant_id: id }) => id === people.meId);
  const videos = [...sources.tracks].filter(([name]) => name !== "microphone");
  return videos.map(([name, track]) => {
    const sent = people.producers.find((known) => known.participant_id === people.meId && known.track === name);
    return {
      key: `${people.meId}:${name}`,
      participantId: people.meId ?? "",
      name: me?.name ?? "",
      part: me?.part ?? "clerk",
      track: name,
      local: true,
      producerId: sent?.producer_id ?? null,
      stream: streamOf(track),
      paused: sources.states[name].state === "muted",
      held: withheld.includes(name),
      displaySurface: sent?.display_surface ?? null,
      frozen: false,
    };
  });
}

/** One stream object per track, so that a picture does not restart when something else changes. */
const localStreams = new WeakMap<MediaStreamTrack, MediaStream>();

function streamOf(track: MediaStreamTrack): MediaStream {
  const stream = localStreams.get(track) ?? markRaw(new MediaStream([track]));
  localStreams.set(track, stream);
  return stream;
}
