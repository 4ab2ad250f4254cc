/**
 * APDUs as lines of text, fields apart by tabs: seconds since 1970, the reader's name, `>` for a command or
 * `<` for its answer, the bytes in hex. A command without an answer was torn. Lines that begin with `#` say
 * what it is.
 */
import { hex } from '../bank/bytes.js';
import { printable } from '../printable.js';
import { CaptureError } from './captured.js';
import type { Recording } from './recording.js';

export const APDU_LOG_MARK = '# tapnote: APDUs';

/** One exchange of a log or a capture. */
export interface LoggedExchange {
  readonly time_s: number;
  readonly reader: string;
  readonly command: Uint8Array;
  readonly response: Uint8Array | undefined;
  /** Of the answer; of the command where there is none. */
  readonly answer_s: number;
}

export function writeApduLog({ apdus, start_s }: Recording, title: string): string {
  const lines = [`${APDU_LOG_MARK} of ${printable(title)}`];
  const time = (us: number): string => {
    const whole_us = Math.round(us);
    return `${start_s + Math.floor(whole_us / 1e6)}.${String(whole_us % 1e6).padStart(6, '0')}`;
  };
  for (const { start_us, end_us, reader, command, response } of apdus) {
    const name = printable(reader).replaceAll('\t', ' ');
    lines.push([time(start_us), name, '>', hex(command)].join('\t'));
    if (response.length > 0) lines.push([time(end_us), name, '<', hex(response)].join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

/** The exchanges of a log. Throws CaptureError with the number of the first line that is none. */
export function readApduLog(text: string): LoggedExchange[] {
  const exchanges: LoggedExchange[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, time, reader, way, bytes] =
      /^(\d+(?:\.\d+)?)\t([^\t]*)\t([<>])\t((?:[0-9a-f]{2})+)$/i.exec(line) ?? [];
    if (time === undefined) throw new CaptureError('apdu', `line ${i + 1} is no line of an APDU log`);
    const data = unhex(bytes);
    const last = exchanges.at(-1);
    if (way === '>')
      exchanges.push({
        time_s: Number(time),
        answer_s: Number(time),
        reader,
        command: data,
        response: undefined,
      });
    else if (last && last.response === undefined)
      exchanges[exchanges.length - 1] = { ...last, answer_s: Number(time), response: data };
    else throw new CaptureError('apdu', `line ${i + 1} is an answer to no command`);
  }
  return exchanges;
}

const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
