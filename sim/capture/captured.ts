import { CRC_BYTES, hasCrcA } from '../chip/crc-a.js';

/** A frame of a capture. */
export interface CapturedFrame {
  /** Seconds since 1970, or since the first frame where the capture has no date. */
  readonly time_s: number;
  readonly fromReader: boolean;
  /** Without its CRC, where it had a good one. */
  readonly bytes: Uint8Array;
  /** `dropped`: the capture left it out. `none`: it has none, as in anticollision, or a wrong one. */
  readonly crc: 'good' | 'dropped' | 'none';
}

export type CaptureErrorCode = 'unknown' | 'link-type' | 'cut' | 'list' | 'apdu';

/** A file that is no capture that can be read. */
export class CaptureError extends Error {
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export const noCapture = (): CaptureError =>
  new CaptureError(
    'unknown',
    'it is no capture: neither a pcap file (save a pcapng file as pcap), nor an APDU log of tapnote, nor a ' +
      'trace or a list of a Proxmark3',
  );

/** A frame as it was on the air, with its CRC if it had one. */
export function asHeard(time_s: number, fromReader: boolean, bytes: Uint8Array): CapturedFrame {
  if (!hasCrcA(bytes)) return { time_s, fromReader, bytes, crc: 'none' };
  return { time_s, fromReader, bytes: bytes.subarray(0, bytes.length - CRC_BYTES), crc: 'good' };
}
