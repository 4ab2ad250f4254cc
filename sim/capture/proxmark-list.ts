/**
 * What a Proxmark3's client prints of a trace (`hf 14a list`, `trace list -t 14a`, with any of its options):
 * a table of time, source and data, 18 bytes a line, among whatever else a terminal has shown. Times are
 * periods of the carrier or microseconds (`-u`), from the first frame or each from the last (`-r`): function
 * printTraceLine of client/src/cmdtrace.c, github.com/RfidResearchGroup/proxmark3.
 */
import { asHeard, type CapturedFrame, CaptureError } from './captured.js';
import { PERIODS_A_US, ProxmarkTime } from './proxmark-time.js';

const HEAD = /^\s*(Start|Gap) +\| +(?:End|Duration) +\| Src \| Data\b/;
/** A time to the tenth, or a whole number of periods; who sent; data. In a row without a sender, no data. */
const ROW = /^\s*(\d+(?:\.\d)?) \| +(\d+(?:\.\d)?) \| (Rdr|Tag| {3}) \|([^|]*)/;
const MORE = /^ +\| +\| {5}\|([^|]*)/;
/** What the client has deciphered of the row above it: MIFARE Classic, which we do not speak. */
const DECIPHERED = /^ +\| +\| {2}\* {2}\|/;
/** Lines of the client's own, a prompt, a rule: `[=] ...`, `pm3 --> `, `-----+---`. */
const OTHER = /^\s*$|^\[|^pm3 -->|^-+\+/;
/** How bytes are shown: with a parity error, or of so many bits; CRCs may be in square brackets. */
const BYTE = /^([0-9a-f]{2})(?:!|'|\([0-7]\))?$/i;
const EMPTY = '<empty trace - possible error>';
/** Colours of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const COLOUR = /\u001b\[[0-9;]*m/g;

interface Row {
  readonly time_s: number;
  readonly fromReader: boolean;
  readonly bytes: number[];
}

const linesOf = (text: string): string[] => text.replace(COLOUR, '').split(/\r?\n/);

/** Does this text have a Proxmark3's table in it? */
export const isProxmarkList = (text: string): boolean => linesOf(text).some((line) => HEAD.test(line));

/** The frames of a list, CRCs and all. Throws CaptureError with the number of the first line that is none. */
export function readProxmarkList(text: string): CapturedFrame[] {
  const lines = linesOf(text);
  const head = lines.findIndex((line) => HEAD.test(line));
  const isRelative = HEAD.exec(lines[head])?.[1] === 'Gap';
  const isMicroseconds = lines.slice(0, head).some((line) => line.includes('all times are in microseconds'));
  const unit = isMicroseconds ? PERIODS_A_US : 1;
  const time = new ProxmarkTime();
  const rows: Row[] = [];
  let end = 0;
  for (const [i, line] of lines.entries()) {
    if (i <= head || OTHER.test(line) || DECIPHERED.test(line)) continue;
    const [, first, second, source, data] = ROW.exec(line) ?? [];
    const more = MORE.exec(line)?.[1];
    const wrong = (): CaptureError =>
      new CaptureError('list', `line ${i + 1} is no line of a Proxmark3’s list`);
    if (first !== undefined && source.trim() !== '') {
      const start = Number(first) * unit + (isRelative ? end : 0);
      end = start + Number(second) * unit;
      const time_s = isRelative ? start / PERIODS_A_US / 1e6 : time.seconds(start);
      rows.push({ time_s, fromReader: source === 'Rdr', bytes: bytesOf(data, wrong) });
    } else if (more !== undefined && rows.length > 0) rows.at(-1)!.bytes.push(...bytesOf(more, wrong));
    // How long the card took to answer, which the times say too.
    else if (first === undefined) throw wrong();
  }
  return rows
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ time_s, fromReader, bytes }) => asHeard(time_s, fromReader, Uint8Array.from(bytes)));
}

function bytesOf(data: string, wrong: () => CaptureError): number[] {
  if (data.trim() === EMPTY) return [];
  return data
    .split(/[\s[\]]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [, byte] = BYTE.exec(word) ?? [];
      if (byte === undefined) throw wrong();
      return Number.parseInt(byte, 16);
    });
}
