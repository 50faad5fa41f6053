/** Fresh addresses in an open replay: everything else of it stays as it is, and the same objects. */
import type { LaneView, ReplayAddresses, ReplayView } from "@/protocol/generated";

/** The replay with its media, small pictures, stills and files by the addresses that work from now on. */
export function readdressed(replay: ReplayView, fresh: ReplayAddresses): ReplayView {
  const address = <T extends { url: string }>(of: T): T => ({ ...of, url: `${of.url.split("?")[0]}?${fresh.query}` });
  const lane = (of: LaneView): LaneView => ({
    ...of,
    segments: of.segments.map((segment) => ({ ...address(segment), thumbnails: segment.thumbnails.map(address) })),
  });
  return {
    ...replay,
    lanes: replay.lanes.map(lane),
    stills: replay.stills.map((still) => ({ ...still, url: fresh.stills[still.still_id] ?? still.url })),
    files: replay.files.map((file) => ({ ...file, url: fresh.files[file.file_id] ?? file.url })),
    urls_expire_at: fresh.expire_at,
  };
}
