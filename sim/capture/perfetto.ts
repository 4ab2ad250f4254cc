/**
 * A recording for Perfetto (ui.perfetto.dev) and chrome://tracing: the Trace Event Format in JSON. Each
 * device is a process with its touches and APDUs, its wires and its flash; the air is one too. An arrow leads
 * from a command to its first frame on the air and on to the card's wires.
 */
import { hex } from '../bank/bytes.js';
import { apduWords } from './apdu-words.js';
import type { Recording, Span } from './recording.js';

const Track = { touch: 1, wires: 2, flash: 3 } as const;
const AIR = 1;
const BYTES_SHOWN = 64;

interface TraceEvent {
  readonly ph: 'X' | 'M' | 's' | 't' | 'f';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly [more: string]: unknown;
}

/** The whole trace, in microseconds of simulated time. */
export function perfettoTrace(recording: Recording): { traceEvents: TraceEvent[]; displayTimeUnit: 'ms' } {
  const { touches, air, apdus, links, flash } = recording;
  const names = [
    ...new Set([
      ...touches.flatMap((each) => [each.reader, each.card]),
      ...links.map(({ device }) => device),
    ]),
  ];
  const pids = new Map(names.map((name, i) => [name, AIR + 1 + i]));
  const pid = (name: string): number => pids.get(name) ?? AIR;
  const traceEvents: TraceEvent[] = [
    meta('process_name', 'air', AIR),
    ...names.flatMap((name) => [
      meta('process_name', name, pid(name)),
      meta('thread_name', 'touches and APDUs', pid(name), Track.touch),
      meta('thread_name', 'wires to the PN532', pid(name), Track.wires),
      meta('thread_name', 'flash', pid(name), Track.flash),
    ]),
    ...touches.flatMap((touch) => [
      slice(`touch: ${touch.outcome}`, touch, pid(touch.reader), Track.touch, { with: touch.card }),
      slice('touched', touch, pid(touch.card), Track.touch, { by: touch.reader }),
    ]),
    ...apdus.map((each) =>
      slice(apduWords(each.command), each, pid(each.reader), Track.touch, {
        command: shown(each.command),
        response: shown(each.response),
      }),
    ),
    ...air.map((frame) =>
      slice(frame.sender, frame, AIR, 1, { bytes: shown(frame.bytes), outcome: frame.outcome }),
    ),
    ...links.map((each) =>
      slice(each.direction, each, pid(each.device), Track.wires, { bytes: shown(each.bytes) }),
    ),
    ...flash.map((each) => slice('busy', each, pid(each.device), Track.flash, {})),
    ...flows(recording, pid),
  ];
  return { traceEvents, displayTimeUnit: 'ms' };
}

/** An arrow for each APDU: reader, air, card. */
function flows({ apdus, air, links, touches }: Recording, pid: (name: string) => number): TraceEvent[] {
  let atAir = 0;
  let atLink = 0;
  return apdus.flatMap((apdu, id) => {
    const { start_us, end_us, reader } = apdu;
    const card = touches.find((each) => each.reader === reader && each.end_us >= end_us)?.card;
    while (atAir < air.length && air[atAir].start_us < start_us) atAir++;
    const frame = air[atAir];
    if (card === undefined || frame === undefined || frame.start_us > end_us) return [];
    while (atLink < links.length && links[atLink].start_us < frame.end_us) atLink++;
    let to = atLink;
    while (to < links.length && links[to].device !== card) to++;
    const heard = links[to];
    if (heard === undefined || heard.start_us > end_us) return [];
    const at = (ph: 's' | 't' | 'f', process: number, tid: number, ts: number): TraceEvent => ({
      ph,
      name: 'command',
      cat: 'apdu',
      id,
      pid: process,
      tid,
      ts,
      bp: 'e',
    });
    return [
      at('s', pid(reader), Track.touch, start_us),
      at('t', AIR, 1, frame.start_us),
      at('f', pid(card), Track.wires, heard.start_us),
    ];
  });
}

const slice = (
  name: string,
  { start_us, end_us }: Span,
  pid: number,
  tid: number,
  args: Readonly<Record<string, string>>,
): TraceEvent => ({ ph: 'X', name, pid, tid, ts: start_us, dur: end_us - start_us, args });

const meta = (what: string, name: string, pid: number, tid = 0): TraceEvent => ({
  ph: 'M',
  name: what,
  pid,
  tid,
  args: { name },
});

const shown = (bytes: Uint8Array): string =>
  bytes.length <= BYTES_SHOWN
    ? hex(bytes)
    : `${hex(bytes.subarray(0, BYTES_SHOWN))}… (${bytes.length} bytes)`;
