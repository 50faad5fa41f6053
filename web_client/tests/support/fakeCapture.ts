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

  getSettings(): MediaTrackSettings {
    return { deviceId: this.deviceId };
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
}

/** `navigator.mediaDevices` of one PC. */
export class FakePc extends EventTarget {
  /** Tracks whose device is in use (whose light is on). */
  readonly open = new Set<FakeTrack>();
  devices: FakeDevice[] = [
    { deviceId: "mic-1", kind: "audioinput", label: "麦克风" },
    { deviceId: "cam-1", kind: "videoinput", label: "摄像头" },
    { deviceId: "cam-2", kind: "videoinput", label: "高拍仪" },
  ];
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
    const asked = (constraints.audio || constraints.video) as MediaTrackConstraints;
    const exact = (asked.deviceId as ConstrainDOMStringParameters | undefined)?.exact;
    const found = this.devices.find((one) => one.kind === `${kind}input` && (!exact || one.deviceId === exact));
    if (!found) throw new DOMException("none", "NotFoundError");
    return new FakeStream([new FakeTrack(this, kind, found.label, found.deviceId)]);
  };

  getDisplayMedia = async (): Promise<FakeStream> => {
    await this.gate({ video: true });
    return new FakeStream([new FakeTrack(this, "video", "屏幕", "screen")]);
  };

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> => {
    return this.devices.map((device) => ({ ...device, groupId: "", toJSON: () => device }));
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
