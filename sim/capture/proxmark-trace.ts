/**
 * The trace of a Proxmark3, as its client saves it (`trace save`): records one after the other, with no head.
 * Each has a time (4 bytes), a duration (2), the number of data bytes (15 bits) with the answer's bit above
 * it, the data, and a bit of parity for each byte of them; little endian, times in periods of the carrier
 * (tracelog_hdr_t of include/pm3_cmd.h, github.com/RfidResearchGroup/proxmark3).
 */
import { asHeard, type CapturedFrame, CaptureError, noCapture } from './captured.js';
import { ProxmarkTime } from './proxmark-time.js';

const HEAD_BYTES = 8;
const ANSWER = 0x8000;

/** Bytes of parity: one at least, also where there are no data (TRACELOG_PARITY_LEN). */
const parityBytes = (dataBytes: number): number => Math.max(1, Math.ceil(dataBytes / 8));

/** The frames of a trace, CRCs and all. Throws CaptureError: nothing at its beginning says what it is. */
export function readProxmarkTrace(trace: Uint8Array): CapturedFrame[] {
  const view = new DataView(trace.buffer, trace.byteOffset, trace.length);
  const frames: CapturedFrame[] = [];
  const time = new ProxmarkTime();
  let records = 0;
  for (let at = 0; at < trace.length; records++) {
    const head = at + HEAD_BYTES <= trace.length ? view.getUint16(at + 6, true) : Number.NaN;
    const dataBytes = head & (ANSWER - 1);
    const from = at + HEAD_BYTES;
    const end = from + dataBytes + parityBytes(dataBytes);
    if (!(head >= 0 && end <= trace.length)) throw noTrace(records);
    const time_s = time.seconds(view.getUint32(at, true));
    // One without data is an error of the recording.
    if (dataBytes > 0) {
      const data = trace.subarray(from, from + dataBytes);
      frames.push(asHeard(time_s, (head & ANSWER) === 0, data));
    }
    at = end;
  }
  if (records === 0) throw noTrace(0);
  return frames;
}

const noTrace = (records: number): CaptureError =>
  records === 0
    ? noCapture()
    : new CaptureError(
        'cut',
        `it is no capture, or a Proxmark3’s trace that is cut off in record ${records + 1}`,
      );
