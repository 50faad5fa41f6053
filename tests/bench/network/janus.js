/**
 * A call through Janus' videoroom: one connection that sends a microphone, a camera and perhaps a desktop, one that
 * receives what the other person sends. Encoders are given the limits that the product gives its own.
 */
const LIMITS = {
  camera: { maxBitrate: 400_000, maxFramerate: 15 },
  desktop: { maxBitrate: 1_200_000, maxFramerate: 8 },
};

class Janus {
  constructor(url) {
    this.socket = new WebSocket(url, "janus-protocol");
    this.waiting = new Map();
    this.handles = new Map();
    this.number = 0;
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
  }

  async open() {
    await new Promise((done, failed) => Object.assign(this.socket, { onopen: done, onerror: failed }));
    this.session = (await this.ask({ janus: "create" })).data.id;
    setInterval(() => void this.ask({ janus: "keepalive" }), 20_000);
  }

  ask(request) {
    const transaction = String((this.number += 1));
    const sent = { ...request, transaction, ...(this.session ? { session_id: this.session } : {}) };
    return new Promise((answered) => {
      this.waiting.set(transaction, answered);
      this.socket.send(JSON.stringify(sent));
    });
  }

  /** An acknowledgement is no answer yet: that comes as an event of the same transaction. */
  hear(message) {
    const answered = message.janus === "ack" ? undefined : this.waiting.get(message.transaction);
    this.waiting.delete(answered ? message.transaction : "");
    if (answered) answered(message);
    else this.handles.get(message.sender)?.(message);
  }

  async attach(heard = () => undefined) {
    const { data } = await this.ask({ janus: "attach", plugin: "janus.plugin.videoroom" });
    this.handles.set(data.id, heard);
    return (body, jsep) => this.ask({ janus: "message", handle_id: data.id, body, ...(jsep ? { jsep } : {}) });
  }
}

const gathered = (connection) =>
  new Promise((done) => {
    const look = () => connection.iceGatheringState === "complete" && done();
    connection.addEventListener("icegatheringstatechange", look);
    look();
  });

/** Without our addresses: Janus sends checks of its own, which would find a way beside the line. */
const described = async (connection) => {
  await connection.setLocalDescription();
  await gathered(connection);
  const { type, sdp } = connection.localDescription;
  return { type, sdp: sdp.replace(/^a=candidate:.*\r\n/gm, "") };
};

const tracks = async (shares) => {
  const wanted = { audio: true, video: { width: 640, height: 360, frameRate: 15 } };
  const devices = await navigator.mediaDevices.getUserMedia(wanted);
  const found = [
    ["microphone", devices.getAudioTracks()[0]],
    ["camera", devices.getVideoTracks()[0]],
  ];
  if (shares) found.push(["desktop", window.__drawDesktop().getVideoTracks()[0]]);
  return found;
};

const receive = async (janus, room, feed) => {
  const connection = new RTCPeerConnection();
  connection.addEventListener("track", ({ track }) => {
    const element = document.createElement(track.kind);
    Object.assign(element, { srcObject: new MediaStream([track]), autoplay: true });
    document.body.append(element);
  });
  const message = await janus.attach();
  const offer = await message({ request: "join", ptype: "subscriber", room, streams: [{ feed }] });
  await connection.setRemoteDescription(offer.jsep);
  await message({ request: "start" }, await described(connection));
};

window.__meet = async ({ url, room, opens, shares }) => {
  const janus = new Janus(url);
  await janus.open();
  const received = new Set();
  const take = ({ plugindata }) => {
    for (const { id } of plugindata?.data.publishers ?? []) {
      if (!received.has(id)) void receive(janus, room, id);
      received.add(id);
    }
  };
  const message = await janus.attach(take);
  const audio = { audiocodec: "opus", opus_fec: true, opus_dtx: true };
  if (opens) await message({ request: "create", room, videocodec: "vp8", ...audio, bitrate: 0, publishers: 2 });
  take(await message({ request: "join", ptype: "publisher", room }));
  const connection = new RTCPeerConnection();
  for (const [name, track] of await tracks(shares)) {
    if (name === "desktop") track.contentHint = "detail";
    const encodings = LIMITS[name] ? [LIMITS[name]] : [{}];
    connection.addTransceiver(track, { direction: "sendonly", sendEncodings: encodings });
  }
  const answer = await message({ request: "configure" }, await described(connection));
  await connection.setRemoteDescription(answer.jsep);
};
