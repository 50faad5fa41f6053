/** Cameras, microphones and screens of a PC that exists only in a test: what is open is counted. */

type Kind = "audio" | "video";

/** A track as browsers make it: `stop` tells nobody, a device that goes away ends it with an event. */
export class FakeTrack extends EventTarget {
  readonly id = crypto.randomUUID();
  enabled = true;
  muted = false;
  contentHint = "";
  readyState: "live" | "ended" = "live";

  constructor(
    private readonly pc: FakePc,
    readonly kind: Kind,
    readonly label: string,
    readonly deviceId: string,
  ) {
    super();
    pc.open.add(this);
  }

  stop(): void {
    this.readyState = "ended";
    this.pc.open.delete(this);
  }

  /** Another track of the same device, of the size it has; enabled as this one is. */
  clone(): FakeTrack {
    const made = new FakeTrack(this.pc, this.kind, this.label, this.deviceId);
    return Object.assign(made, { enabled: this.enabled, muted: this.muted, size: this.size });
  }

  private size: MediaTrackConstraints = {};

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId, ...this.pc.settings(this.deviceId) };
  }

  getConstraints(): MediaTrackConstraints {
    return this.size;
  }

  getCapabilities(): MediaTrackCapabilities {
    return this.pc.capabilities(this.deviceId);
  }

  async applyConstraints(wish: MediaTrackConstraints): Promise<void> {
    this.pc.refuse(this.deviceId, wish);
    this.size = wish;
    this.pc.resize(this.deviceId, wish);
  }

  /** The browser ends it: unplugged, permission taken back, or its own bar was used. */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event("ended"));
  }

  /** The system silences the device, or gives it back. */
  silence(muted: boolean): void {
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }
}

export class FakeStream {
  constructor(private readonly tracks: readonly FakeTrack[] = []) {}

  getTracks(): readonly FakeTrack[] {
    return this.tracks;
  }

  getVideoTracks(): readonly FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
}

interface FakeDevice {
  deviceId: string;
  kind: MediaDeviceKind;
  label: string;
  groupId?: string;
  /** Constraints it cannot satisfy, as `OverconstrainedError` names them. */
  refuses?: readonly string[];
  /** Another program has it. */
  busy?: boolean;
  /** The system keeps it silent or dark from the start. */
  silent?: boolean;
  /** Its largest picture and the one it gives. */
  largest?: { width: number; height: number };
  size?: { width: number; height: number };
}

/** What `getUserMedia` throws of a wish that a device cannot satisfy. */
export function overconstrained(constraint: string): Error {
  return Object.assign(new Error(), { name: "OverconstrainedError", constraint });
}

const ideal = (wish: ConstrainULong | undefined): number | undefined => (typeof wish === "object" ? wish.ideal : wish);

/** `navigator.mediaDevices` of one PC. */
export class FakePc extends EventTarget {
  /** Tracks whose device is in use (whose light is on). */
  readonly open = new Set<FakeTrack>();
  devices: FakeDevice[] = [
    { deviceId: "mic-1", kind: "audioinput", label: "麦克风" },
    { deviceId: "cam-1", kind: "videoinput", label: "摄像头" },
    { deviceId: "cam-2", kind: "videoinput", label: "高拍仪" },
  ];
  /** What was asked for, in order. */
  readonly asked: MediaTrackConstraints[] = [];
  /** How many listen for devices that come and go. */
  listeners = 0;
  private gate: (constraints: MediaStreamConstraints) => Promise<void> | void = () => undefined;

  /** Let `gate` run before each device opens: it may wait (a prompt) or throw (a refusal). */
  before(gate: (constraints: MediaStreamConstraints) => Promise<void> | void): void {
    this.gate = gate;
  }

  /** The open track of a device. */
  track(deviceId: string): FakeTrack {
    const found = [...this.open].filter((track) => track.deviceId === deviceId);
    if (found.length !== 1) throw new Error(`${found.length} tracks of ${deviceId}`);
    return found[0]!;
  }

  device(deviceId: string): FakeDevice | undefined {
    return this.devices.find((device) => device.deviceId === deviceId);
  }

  settings(deviceId: string): MediaTrackSettings {
    return { ...this.device(deviceId)?.size };
  }

  capabilities(deviceId: string): MediaTrackCapabilities {
    const { width = 0, height = 0 } = this.device(deviceId)?.largest ?? {};
    return { width: { max: width }, height: { max: height } };
  }

  resize(deviceId: string, wish: MediaTrackConstraints): void {
    const [width, height] = [ideal(wish.width), ideal(wish.height)];
    const device = this.device(deviceId);
    if (device && width && height) device.size = { width, height };
  }

  /** Throw what the device refuses of a wish. */
  refuse(deviceId: string, wish: MediaTrackConstraints): void {
    const refused = this.device(deviceId)?.refuses?.find((name) => name in wish);
    if (refused !== undefined) throw overconstrained(refused);
  }

  /** The list changes; what is open lives on. */
  list(devices: FakeDevice[]): void {
    this.devices = devices;
    this.dispatchEvent(new Event("devicechange"));
  }

  unplug(deviceId: string): void {
    this.devices = this.devices.filter((device) => device.deviceId !== deviceId);
    [...this.open].filter((track) => track.deviceId === deviceId).forEach((track) => track.end());
    this.dispatchEvent(new Event("devicechange"));
  }

  plug(device: FakeDevice): void {
    this.devices = [...this.devices, device];
    this.dispatchEvent(new Event("devicechange"));
  }

  getUserMedia = async (constraints: MediaStreamConstraints): Promise<FakeStream> => {
    await this.gate(constraints);
    const kind: Kind = constraints.audio ? "audio" : "video";
    const given = constraints.audio || constraints.video;
    const asked = given === true ? {} : (given as MediaTrackConstraints);
    const exact = (asked.deviceId as ConstrainDOMStringParameters | undefined)?.exact;
    this.asked.push(asked);
    const all = this.devices.filter((one) => one.kind === `${kind}input`);
    const found = all.find((one) => !exact || one.deviceId === exact);
    if (!found) throw all.length > 0 ? overconstrained("deviceId") : new DOMException("none", "NotFoundError");
    this.refuse(found.deviceId, asked);
    if (found.busy) throw new DOMException("busy", "NotReadableError");
    this.resize(found.deviceId, asked);
    const track = new FakeTrack(this, kind, found.label, found.deviceId);
    track.muted = found.silent ?? false;
    return new FakeStream([track]);
  };

  getDisplayMedia = async (): Promise<FakeStream> => {
    await this.gate({ video: true });
    return new FakeStream([new FakeTrack(this, "video", "屏幕", "screen")]);
  };

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> => {
    return this.devices.map(({ deviceId, kind, label, groupId = "" }) => ({ deviceId, kind, label, groupId, toJSON: () => ({}) }));
  };

  override addEventListener(...rest: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...rest);
  }

  override removeEventListener(...rest: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...rest);
  }
}
