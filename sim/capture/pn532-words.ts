/** What a host and its PN532 say to each other, in words: by the driver's own tables of codes. */
import { Command, STATUS_ERROR_MASK, Status } from '../../hal/pn532/commands.js';
import { hex } from '../bank/bytes.js';
import { frameEnds } from '../chip/host-frames.js';
import { codeName } from '../code-name.js';

/** Start code, then a length and its complement, or two bytes that announce a longer one. */
const START = [0x00, 0xff] as const;
const EXTENDED = 0xff;
const TO_CHIP = 0xd4;
const TO_HOST = 0xd5;
const ERROR_BODY = 0x7f;
/** Checksum and postamble. */
const TRAILER_BYTES = 2;
/** These answer with a status before anything else. */
const WITH_STATUS: readonly number[] = [
  Command.InDataExchange,
  Command.InCommunicateThru,
  Command.InDeselect,
  Command.InPSL,
  Command.InRelease,
  Command.InSelect,
  Command.TgGetData,
  Command.TgGetInitiatorCommand,
  Command.TgSetData,
  Command.TgResponseToInitiator,
  Command.TgSetMetaData,
];

/** A line for each frame in a piece of what went over the wires, and one for bytes that are none. */
export function pn532Words(bytes: Uint8Array): string[] {
  let from = 0;
  return frameEnds(bytes).map((end) => {
    const words = frameWords(bytes.subarray(from, end));
    from = end;
    return words;
  });
}

function frameWords(frame: Uint8Array): string {
  let at = 0;
  while (at + 1 < frame.length && !(frame[at] === START[0] && frame[at + 1] === START[1])) at++;
  const length = frame[at + 2];
  const check = frame[at + 3];
  if (length === 0x00 && check === 0xff) return 'ACK';
  if (length === 0xff && check === 0x00) return 'NACK';
  const isExtended = length === EXTENDED && check === EXTENDED;
  const body = frame.subarray(at + (isExtended ? 7 : 4), frame.length - TRAILER_BYTES);
  if (body[0] === ERROR_BODY) return 'error frame: the chip did not understand';
  const isAnswer = body[0] === TO_HOST;
  if (body.length < 2 || (!isAnswer && body[0] !== TO_CHIP)) return `no frame: ${hex(frame)}`;
  const code = isAnswer ? body[1] - 1 : body[1];
  const name = nameOf(code);
  const data = body.subarray(2);
  if (!isAnswer) return `${name}${shown(data)}`;
  if (!WITH_STATUS.includes(code) || data.length === 0) return `${name} answers${shown(data)}`;
  const status = data[0] & STATUS_ERROR_MASK;
  return `${name} answers: ${codeName(Status, status) ?? `status ${status}`}${shown(data.subarray(1))}`;
}

const nameOf = (code: number): string =>
  Object.entries(Command).find(([, each]) => each === code)?.[0] ?? `command ${hex(Uint8Array.of(code))}`;

const shown = (data: Uint8Array): string => (data.length === 0 ? '' : ` ${hex(data)}`);
