/**
 * Captures of the air as Wireshark reads them: pcap, link type 264 (LINKTYPE_ISO_14443), which has before
 * each frame: version 0, event, length (2, big endian).
 */
import type { AirEvent } from '../chip/rf-field.js';

export const LINK_TYPE = 264;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const SNAP_BYTES = 0xffff;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const PSEUDO_BYTES = 4;

/** Who has sent, and whether the frame still has its CRC. */
export const PcapEvent = {
  readerToCardWithoutCrc: 0xfa,
  cardToReaderWithoutCrc: 0xfb,
  readerToCard: 0xfe,
  cardToReader: 0xff,
} as const;

/** A capture of frames as they went over the air, CRC and all. `start_s`: Unix seconds of time 0. */
export function writePcap(air: readonly AirEvent[], start_s: number): Uint8Array {
  const bytes = air.reduce(
    (sum, each) => sum + RECORD_BYTES + PSEUDO_BYTES + each.bytes.length,
    HEADER_BYTES,
  );
  const pcap = new Uint8Array(bytes);
  const view = new DataView(pcap.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_BYTES, true);
  view.setUint32(20, LINK_TYPE, true);
  let at = HEADER_BYTES;
  // Frames that collide end together, and began in any order.
  for (const { start_us, direction, bytes: frame } of [...air].sort((a, b) => a.start_us - b.start_us)) {
    const time_ns = Math.round(start_us * 1_000);
    view.setUint32(at, start_s + Math.floor(time_ns / 1e9), true);
    view.setUint32(at + 4, time_ns % 1e9, true);
    view.setUint32(at + 8, PSEUDO_BYTES + frame.length, true);
    view.setUint32(at + 12, PSEUDO_BYTES + frame.length, true);
    at += RECORD_BYTES;
    pcap[at + 1] = direction === 'reader-to-card' ? PcapEvent.readerToCard : PcapEvent.cardToReader;
    view.setUint16(at + 2, frame.length);
    pcap.set(frame, at + PSEUDO_BYTES);
    at += PSEUDO_BYTES + frame.length;
  }
  return pcap;
}

/** A frame of a capture. */
export interface CapturedFrame {
  /** Seconds since 1970. */
  readonly time_s: number;
  readonly fromReader: boolean;
  /** Without its CRC, where it had a good one. */
  readonly bytes: Uint8Array;
  /** `dropped`: the capture left it out. `none`: it has none, as in anticollision, or a wrong one. */
  readonly crc: 'good' | 'dropped' | 'none';
}

export type PcapErrorCode = 'not-pcap' | 'link-type' | 'cut';

export class PcapError extends Error {
  constructor(
    readonly code: PcapErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The frames of a capture of this link type, of either byte order and either resolution; events that are no
 * frames are left out. Throws PcapError.
 */
export function readPcap(
  pcap: Uint8Array,
  strip: (frame: Uint8Array) => Uint8Array | undefined,
): CapturedFrame[] {
  if (pcap.length < HEADER_BYTES) throw new PcapError('not-pcap', 'it is too short for a capture');
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  const magics = [MAGIC_NANOSECONDS, MAGIC_MICROSECONDS];
  const isLittle = magics.includes(view.getUint32(0, true));
  if (!isLittle && !magics.includes(view.getUint32(0)))
    throw new PcapError('not-pcap', 'it is no pcap file (a pcapng file: save it as pcap)');
  const perSecond = view.getUint32(0, isLittle) === MAGIC_NANOSECONDS ? 1e9 : 1e6;
  const linkType = view.getUint32(20, isLittle);
  if (linkType !== LINK_TYPE)
    throw new PcapError('link-type', `its link type is ${linkType}, not ${LINK_TYPE} (ISO 14443)`);
  const frames: CapturedFrame[] = [];
  for (let at = HEADER_BYTES; at < pcap.length; ) {
    const kept = at + RECORD_BYTES <= pcap.length ? view.getUint32(at + 8, isLittle) : Number.NaN;
    const from = at + RECORD_BYTES;
    if (!(from + kept <= pcap.length))
      throw new PcapError('cut', `it is cut off in frame ${frames.length + 1}`);
    const time_s = view.getUint32(at, isLittle) + view.getUint32(at + 4, isLittle) / perSecond;
    const frame = frameOf(pcap.subarray(from, from + kept), time_s, strip);
    if (frame) frames.push(frame);
    at = from + kept;
  }
  return frames;
}

function frameOf(
  packet: Uint8Array,
  time_s: number,
  strip: (frame: Uint8Array) => Uint8Array | undefined,
): CapturedFrame | undefined {
  const event = packet[1];
  const bytes = packet.subarray(PSEUDO_BYTES);
  const isBare = event === PcapEvent.readerToCardWithoutCrc || event === PcapEvent.cardToReaderWithoutCrc;
  const isWhole = event === PcapEvent.readerToCard || event === PcapEvent.cardToReader;
  if (packet.length <= PSEUDO_BYTES || (!isBare && !isWhole)) return undefined;
  const fromReader = event === PcapEvent.readerToCard || event === PcapEvent.readerToCardWithoutCrc;
  if (isBare) return { time_s, fromReader, bytes, crc: 'dropped' };
  const stripped = strip(bytes);
  return { time_s, fromReader, bytes: stripped ?? bytes, crc: stripped ? 'good' : 'none' };
}
