/**
 * Test-only, before a page's own scripts: its media leads through a line (PORTS), and it keeps the ICE credentials that
 * each connection was given.
 */
const PORTS = __PORTS__;

const through = (sdp) =>
  sdp.replace(/^(a=candidate:\S+ \d+ (udp|tcp) \d+ )\S+ (\d+)( .*)$/gim, (line, before, protocol, port, after) => {
    const leads = PORTS[protocol.toLowerCase()]?.[port];
    return leads ? `${before}127.0.0.1 ${leads}${after}` : line;
  });

const setRemote = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (told) {
  this.__fragments ??= new Set();
  this.__fragments.add(/^a=ice-ufrag:(\S+)/m.exec(told.sdp)?.[1]);
  return setRemote.call(this, { type: told.type, sdp: through(told.sdp) });
};
