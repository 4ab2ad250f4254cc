/**
 * Recordings of a Proxmark3 as its client writes them, of our own frames: its binary trace
 * (include/pm3_cmd.h) and its list (printTraceLine of client/src/cmdtrace.c of
 * github.com/RfidResearchGroup/proxmark3).
 */
import type { CapturedFrame } from '../../sim/capture/captured.js';
import { appendCrcA } from '../../sim/chip/crc-a.js';

const PERIODS_A_SECOND = 13.56e6;
/** 9 bits a byte, 128 periods a bit. */
const PERIODS_A_BYTE = 1_152;
/** REQA and WUPA: 7 bits, and what begins and ends a frame. */
const SHORT_PERIODS = 1_056;
const BYTES_A_LINE = 18;

/** As it was on the air. */
export const wholeFrame = ({ bytes, crc }: CapturedFrame): Uint8Array =>
  crc === 'good' ? appendCrcA(bytes) : bytes;

const isShort = (bytes: Uint8Array): boolean =>
  bytes.length === 1 && (bytes[0] === 0x26 || bytes[0] === 0x52);
const durationOf = (bytes: Uint8Array): number =>
  isShort(bytes) ? SHORT_PERIODS : Math.min(0xffff, bytes.length * PERIODS_A_BYTE);
const oddParity = (byte: number): number => [...byte.toString(2)].reduce((odd, bit) => odd ^ Number(bit), 1);

/** Its counter of 32 bits goes round in that time. */
const ROUND = 2 ** 32;
export const ROUND_S = ROUND / PERIODS_A_SECOND;
/** It starts anywhere. */
const START = 4_000_000_000;
const periodsOf = (frames: readonly CapturedFrame[]): number[] =>
  frames.map(({ time_s }) => Math.round((time_s - frames[0].time_s) * PERIODS_A_SECOND));

export function traceOf(frames: readonly CapturedFrame[]): Uint8Array {
  const periods = periodsOf(frames);
  const records = frames.map((frame, i) => {
    const bytes = wholeFrame(frame);
    const parity = new Uint8Array(Math.max(1, Math.ceil(bytes.length / 8)));
    for (const [at, byte] of bytes.entries()) parity[at >> 3] |= oddParity(byte) << (7 - (at & 7));
    const record = Buffer.alloc(8);
    record.writeUInt32LE((START + periods[i]) % ROUND, 0);
    record.writeUInt16LE(durationOf(bytes), 4);
    record.writeUInt16LE(bytes.length | (frame.fromReader ? 0 : 0x8000), 6);
    return Buffer.concat([record, bytes, parity]);
  });
  return Buffer.concat(records);
}

export interface ListOptions {
  /** -u */
  readonly isMicroseconds?: boolean;
  /** -r */
  readonly isRelative?: boolean;
  /** -c */
  readonly isMarked?: boolean;
  /** -f */
  readonly hasWaits?: boolean;
  /** Of a terminal, as a log has them. */
  readonly isColoured?: boolean;
}

export const LIST_OPTIONS: readonly ListOptions[] = [
  {},
  { isMicroseconds: true, hasWaits: true },
  { isRelative: true, isMarked: true },
  { isRelative: true, isMicroseconds: true, hasWaits: true },
  { isMarked: true, isColoured: true },
];

export function listOf(frames: readonly CapturedFrame[], options: ListOptions = {}): Uint8Array {
  const { isMicroseconds = false, isRelative = false, isColoured = false } = options;
  const periods = periodsOf(frames);
  const yellow = (text: string): string => (isColoured ? `\u001b[33m${text}\u001b[0m` : text);
  const time = (count: number): string =>
    (isMicroseconds ? (count / 13.56).toFixed(1) : `${count}`).padStart(10);
  const unit = isMicroseconds ? 'microseconds' : 'carrier periods (1/13.56MHz)';
  const lines = [
    '[usb] pm3 --> hf 14a list',
    `[+] Recorded activity (trace len = ${traceOf(frames).length} bytes)`,
    `[=] ${yellow('start')} = start of start frame ${yellow('end')} = end of frame.`,
    `[=] ${yellow('ISO14443A')} - all times are in ${unit}`,
    '',
    isRelative
      ? "        Gap |   Duration | Src | Data (! denotes parity error, ' denotes short bytes)    | CRC | Annotation"
      : '      Start |        End | Src | Data (! denotes parity error)                           | CRC | Annotation',
    `------------+------------+-----+${'-'.repeat(73)}+-----+--------------------`,
  ];
  let last = periods[0];
  for (const [i, frame] of frames.entries()) {
    const bytes = wholeFrame(frame);
    const start = periods[i] % ROUND;
    const duration = durationOf(bytes);
    const [first, second] = isRelative ? [(periods[i] - last) % ROUND, duration] : [start, start + duration];
    last = periods[i] + duration;
    const rows = rowsOf(frame, options);
    const source = yellow(frame.fromReader ? 'Rdr' : 'Tag');
    for (const [at, row] of rows.entries()) {
      const isLast = at === rows.length - 1;
      const crc = isLast && frame.crc === 'good' ? ' ok ' : isLast && bytes.length > 2 ? ' !! ' : '    ';
      const head =
        at === 0
          ? ` ${time(first)} | ${time(second)} | ${source} |`
          : `${' '.repeat(12)}|${' '.repeat(12)}|     |`;
      lines.push(`${head}${yellow(row.padEnd(72))} | ${crc}| ${isLast ? 'ANNOTATION(1|2)' : ''}`);
    }
    if (options.hasWaits && frame.fromReader)
      lines.push(` ${time(second)} | ${time(second + 1_172)} |     |fdt (Frame Delay Time): 1172`);
  }
  lines.push('[usb] pm3 --> ');
  return new TextEncoder().encode(lines.join('\n'));
}

function rowsOf(frame: CapturedFrame, { isMarked = false }: ListOptions): string[] {
  const bytes = wholeFrame(frame);
  const words = [...bytes].map(
    (byte, i) => `${byte.toString(16).padStart(2, '0')}${i % 40 === 39 ? '! ' : '  '}`,
  );
  if (isShort(bytes)) words[0] = `${words[0].trim()}(7)`;
  const rows: string[] = [];
  for (let at = 0; at < words.length; at += BYTES_A_LINE)
    rows.push(words.slice(at, at + BYTES_A_LINE).join(''));
  const end = rows.length - 1;
  // Where both bytes stand in one line.
  if (isMarked && frame.crc === 'good' && (words.length - 2) % BYTES_A_LINE < BYTES_A_LINE - 1)
    rows[end] = rows[end].replace(/ ?(\S\S!? +\S\S!?) *$/, '[$1]');
  return rows;
}
