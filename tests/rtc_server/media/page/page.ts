// A bare page around mediasoup-client, driven from Python: no interface, no server logic.
import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';

declare global {
  interface Window {
    signal(method: string, params: object): Promise<any>;
    media: object;
  }
}

const device = new Device();
const transports = new Map<string, types.Transport>();
const producers = new Map<string, types.Producer>();
const consumers = new Map<string, types.Consumer>();
const elements = new Map<string, HTMLMediaElement>();
const dataProducers = new Map<string, types.DataProducer>();
const received: Array<{ channel: string; size: number; text: string | null }> = [];
const closedChannels: string[] = [];
const states: string[] = [];

async function load(routerRtpCapabilities: types.RtpCapabilities) {
  await device.load({ routerRtpCapabilities });
  return { rtpCapabilities: device.recvRtpCapabilities ?? device.rtpCapabilities };
}

function makeTransport(direction: 'send' | 'recv', options: any) {
  const transport =
    direction === 'send' ? device.createSendTransport(options) : device.createRecvTransport(options);
  transports.set(direction, transport);
  transport.on('connect', ({ dtlsParameters }, done, failed) => {
    window.signal('connect', { transportId: transport.id, dtlsParameters }).then(() => done(), failed);
  });
  transport.on('connectionstatechange', (state) => states.push(`${direction}:${state}`));
  if (direction === 'send') {
    transport.on('produce', (parameters, done, failed) => {
      window.signal('produce', { transportId: transport.id, ...parameters }).then((id) => done({ id }), failed);
    });
    transport.on('producedata', (parameters, done, failed) => {
      window.signal('producedata', { transportId: transport.id, ...parameters }).then((id) => done({ id }), failed);
    });
  }
}

async function produce(kind: 'audio' | 'video', { codec = '', width = 640, height = 360, encodings = undefined as any } = {}) {
  const stream = await navigator.mediaDevices.getUserMedia(
    kind === 'audio' ? { audio: true } : { video: { width, height, frameRate: 15 } },
  );
  const wanted = codec && device.rtpCapabilities.codecs!.find((entry) => entry.mimeType.toLowerCase() === codec.toLowerCase());
  if (codec && !wanted) throw new Error(`this browser cannot send ${codec}`);
  const producer = await transports.get('send')!.produce({
    track: stream.getTracks()[0],
    codec: wanted || undefined,
    encodings,
    appData: { made: 'page' },
  });
  producers.set(producer.id, producer);
  return producer.id;
}

async function consume(options: types.ConsumerOptions) {
  const consumer = await transports.get('recv')!.consume(options);
  consumers.set(consumer.id, consumer);
  const element = document.createElement(consumer.kind);
  element.srcObject = new MediaStream([consumer.track]);
  element.autoplay = true;
  document.body.append(element);
  elements.set(consumer.id, element);
  void element.play().catch(() => undefined); // resolves with the first frame only
  return consumer.id;
}

/** Wait until `count` frames were really shown. */
function framesShown(consumerId: string, count: number): Promise<number> {
  const video = elements.get(consumerId) as HTMLVideoElement;
  const started = performance.now();
  return new Promise((resolve) => {
    let seen = 0;
    const next = () => {
      seen += 1;
      if (seen >= count) resolve(performance.now() - started);
      else video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
}

async function consumerStats(consumerId: string) {
  const report = await consumers.get(consumerId)!.getStats();
  for (const entry of report.values()) if (entry.type === 'inbound-rtp') return { ...entry };
  return {};
}

async function producerStats(producerId: string) {
  const report = await producers.get(producerId)!.getStats();
  const found: any = {};
  for (const entry of report.values()) {
    if (entry.type === 'outbound-rtp') Object.assign(found, entry);
    if (entry.type === 'remote-inbound-rtp') found.remote = { ...entry };
    if (entry.type === 'candidate-pair' && entry.nominated) found.pair = { ...entry };
  }
  return found;
}

async function produceData(options: object) {
  const producer = await transports.get('send')!.produceData(options as any);
  dataProducers.set(producer.id, producer);
  if (producer.readyState !== 'open') await new Promise<void>((resolve) => producer.on('open', () => resolve()));
  return producer.id;
}

async function consumeData(options: types.DataConsumerOptions) {
  const consumer = await transports.get('recv')!.consumeData(options);
  consumer.on('message', (message: any) => {
    const size = typeof message === 'string' ? message.length : (message.byteLength ?? message.size);
    received.push({ channel: consumer.label, size, text: typeof message === 'string' ? message : null });
  });
  consumer.on('close', () => closedChannels.push(consumer.label));
  if (consumer.readyState !== 'open') await new Promise<void>((resolve) => consumer.on('open', () => resolve()));
  return consumer.id;
}

function sendData(id: string, message: string | number) {
  dataProducers.get(id)!.send(typeof message === 'string' ? message : new Uint8Array(message));
}

window.media = {
  load,
  makeTransport,
  produce,
  consume,
  framesShown,
  consumerStats,
  producerStats,
  produceData,
  consumeData,
  sendData,
  flood: (id: string, count: number) => {
    for (let sent = 0; sent < count; sent += 1) dataProducers.get(id)!.send('x');
  },
  received: () => received,
  closedChannels: () => closedChannels,
  states: () => states,
  restartIce: (direction: string, iceParameters: types.IceParameters) =>
    transports.get(direction)!.restartIce({ iceParameters }),
  closeTransport: (direction: string) => transports.get(direction)!.close(),
  pauseConsumer: (id: string) => consumers.get(id)!.pause(),
  resumeConsumer: (id: string) => consumers.get(id)!.resume(),
  closeProducer: (id: string) => producers.get(id)!.close(),
  closeConsumer: (id: string) => consumers.get(id)!.close(),
};
