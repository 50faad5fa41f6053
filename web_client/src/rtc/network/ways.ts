/** The ways to the media process that are tried one by one: its UDP port, its TCP port, each TURN address. Pure. */
import type { types } from "mediasoup-client";
import type { IceServerView } from "@/protocol/generated";

export type WayKind = "udp" | "tcp" | "turn";

export interface Way {
  kind: WayKind;
  /** What a firewall must let out, as an administrator writes it: `UDP 203.0.113.7:24000`. */
  needs: string[];
  candidates: types.IceCandidate[];
  iceServers: IceServerView[];
}

/** The best first: what is reached earlier in this order is what sound and pictures will take. */
export function waysOf(candidates: readonly types.IceCandidate[], servers: readonly IceServerView[]): Way[] {
  const direct = (["udp", "tcp"] as const).map((kind) => {
    const own = candidates.filter((one) => one.protocol === kind);
    return { kind, needs: needsOf(kind, own), candidates: own, iceServers: [] };
  });
  const relays = servers.flatMap((server) =>
    server.urls.map((url) => ({
      kind: "turn" as const,
      needs: [needOfTurn(url)],
      candidates: [...candidates],
      iceServers: [{ ...server, urls: [url] }],
    })),
  );
  return [...direct.filter((way) => way.candidates.length > 0), ...relays];
}

/** Loopback addresses are no matter of any firewall, unless there are no others. */
function needsOf(kind: "udp" | "tcp", candidates: readonly types.IceCandidate[]): string[] {
  const outside = candidates.filter((one) => !isLoopback(one.ip));
  return (outside.length ? outside : candidates).map((one) => `${kind.toUpperCase()} ${hostAndPort(one.ip, one.port)}`);
}

/** `turn:HOST:PORT?transport=…` (RFC 7065) as protocol, host and port; what cannot be read stays as it is. */
export function needOfTurn(url: string): string {
  const found = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(url);
  if (!found) return url;
  const [, scheme, host, port, transport] = found;
  const protocol = scheme === "turns" ? "TCP" : (transport ?? "udp").toUpperCase();
  const note = scheme === "turns" ? "TURN TLS" : "TURN";
  return `${protocol} ${host}:${port ?? (scheme === "turns" ? 5349 : 3478)} (${note})`;
}

function hostAndPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
