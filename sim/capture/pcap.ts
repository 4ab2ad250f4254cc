/**
 * Captures of the air as Wireshark reads them: pcap, link type 264 (LINKTYPE_ISO_14443), which has before
 * each frame: version 0, event, length (2, big endian).
 */
import type { AirEvent } from '../chip/rf-field.js';
import { asHeard, type CapturedFrame, CaptureError, noCapture } from './captured.js';

const LINK_TYPE = 264;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const SNAP_BYTES = 0xffff;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const PSEUDO_BYTES = 4;

/** Who has sent, and whether the frame still has its CRC. */
const PcapEvent = {
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

/** Does it begin as a pcap file does? */
export const isPcap = (bytes: Uint8Array): boolean => byteOrder(bytes) !== undefined;

function byteOrder(bytes: Uint8Array): 'little' | 'big' | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magics = [MAGIC_NANOSECONDS, MAGIC_MICROSECONDS];
  if (magics.includes(view.getUint32(0, true))) return 'little';
  return magics.includes(view.getUint32(0)) ? 'big' : undefined;
}

/**
 * The frames of a pcap file of this link type, of either byte order and either resolution; events that are no
 * frames are left out. Throws CaptureError.
 */
export function readPcap(pcap: Uint8Array): CapturedFrame[] {
  if (!isPcap(pcap)) throw noCapture();
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  const isLittle = byteOrder(pcap) === 'little';
  const perSecond = view.getUint32(0, isLittle) === MAGIC_NANOSECONDS ? 1e9 : 1e6;
  const linkType = view.getUint32(20, isLittle);
  if (linkType !== LINK_TYPE)
    throw new CaptureError('link-type', `its link type is ${linkType}, not ${LINK_TYPE} (ISO 14443)`);
  const frames: CapturedFrame[] = [];
  for (let at = HEADER_BYTES; at < pcap.length; ) {
    const kept = at + RECORD_BYTES <= pcap.length ? view.getUint32(at + 8, isLittle) : Number.NaN;
    const from = at + RECORD_BYTES;
    if (!(from + kept <= pcap.length))
      throw new CaptureError('cut', `it is cut off in frame ${frames.length + 1}`);
    const time_s = view.getUint32(at, isLittle) + view.getUint32(at + 4, isLittle) / perSecond;
    const frame = frameOf(pcap.subarray(from, from + kept), time_s);
    if (frame) frames.push(frame);
    at = from + kept;
  }
  return frames;
}

function frameOf(packet: Uint8Array, time_s: number): CapturedFrame | undefined {
  const event = packet[1];
  const bytes = packet.subarray(PSEUDO_BYTES);
  const isBare = event === PcapEvent.readerToCardWithoutCrc || event === PcapEvent.cardToReaderWithoutCrc;
  const isWhole = event === PcapEvent.readerToCard || event === PcapEvent.cardToReader;
  if (packet.length <= PSEUDO_BYTES || (!isBare && !isWhole)) return undefined;
  const fromReader = event === PcapEvent.readerToCard || event === PcapEvent.readerToCardWithoutCrc;
  return isBare ? { time_s, fromReader, bytes, crc: 'dropped' } : asHeard(time_s, fromReader, bytes);
}
