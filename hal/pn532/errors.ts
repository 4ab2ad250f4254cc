import { NfcError, type NfcErrorCode } from '../nfc.js';
import { STATUS_ERROR_MASK, Status } from './commands.js';

/** What can go wrong between the host and the chip. The codes are stable. */
export type Pn532ErrorCode =
  | 'no-ack' // the chip does not acknowledge: wiring, DIP switches, baud rate, or no power
  | 'no-response' // acknowledged, but no answer in time
  | 'bad-frame' // answers with bad checksums, again and again
  | 'refused' // the error frame: the chip did not understand the command
  | 'wrong-chip' // something answers, but not as a PN532
  | 'aborted'; // the host gave the command up

export class Pn532Error extends Error {
  constructor(
    readonly code: Pn532ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export function linkError(error: Pn532Error): NfcError {
  return new NfcError(error.code === 'aborted' ? 'closed' : 'link', `${error.code}: ${error.message}`);
}

/** What a status byte means to one who only knows NFC. */
export function statusToNfcCode(status: number): NfcErrorCode {
  switch (status & STATUS_ERROR_MASK) {
    case Status.timeout:
    case Status.crc:
    case Status.parity:
    case Status.bitCount:
    case Status.framing:
    case Status.collision:
    case Status.rfNotOnInTime:
    case Status.wrongContext:
    case Status.released:
      return 'removed';
    case Status.overheated:
      return 'link';
    default:
      return 'protocol';
  }
}

export function statusError(command: string, status: number): NfcError {
  const code = status & STATUS_ERROR_MASK;
  return new NfcError(
    statusToNfcCode(status),
    `${command} gave status ${code.toString(16).padStart(2, '0')}`,
  );
}
