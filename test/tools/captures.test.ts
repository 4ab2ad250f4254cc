import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CapturedFrame, CaptureError } from '../../sim/capture/captured.js';
import { explainCapture } from '../../sim/capture/explain-file.js';
import { readPcap, writePcap } from '../../sim/capture/pcap.js';
import { readProxmarkList } from '../../sim/capture/proxmark-list.js';
import { readProxmarkTrace } from '../../sim/capture/proxmark-trace.js';
import { hasCrcA } from '../../sim/chip/crc-a.js';
import { skipWithout } from '../support/external.js';
import { LIST_OPTIONS, listOf, ROUND_S, traceOf, wholeFrame } from '../support/proxmark.js';
import { tapnote, temporary } from './run-cli.js';

const [pcap, trace, apdu] = ['air.pcap', 'air.json', 'air.apdu'].map((name) => temporary(name));
const [plain, captured] = ['plain.json', 'captured.json'].map((name) => temporary(name));
const SCENARIO = ['sim', 'torn-touch', '--quiet'];
const frames = (): CapturedFrame[] => readPcap(readFileSync(pcap));

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id?: number;
  readonly args?: { readonly outcome?: string; readonly bytes?: string };
}
const traceEvents = (): TraceEvent[] =>
  (JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: TraceEvent[] }).traceEvents;

/** To the tenth of a microsecond twice a frame, which adds up where each time counts from the last. */
const ROUNDING_S = 50e-6;
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const hasTshark = spawnSync('which', ['tshark']).status === 0;
const tshark = (...fields: string[]): string[][] => {
  const columns = fields.flatMap((field) => ['-e', field]);
  const options = ['-r', pcap, '-T', 'fields', '-E', 'separator=|', ...columns];
  const said = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return said
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'));
};

describe('captures of tapnote sim', () => {
  beforeAll(async () => {
    await tapnote([...SCENARIO, '--json', plain]);
    const files = ['--pcap', pcap, '--trace', trace, '--apdu', apdu];
    expect((await tapnote([...SCENARIO, ...files, '--json', captured])).status).toBe(0);
  });

  it('change nothing of the run', () => {
    expect(readFileSync(captured, 'utf8')).toBe(readFileSync(plain, 'utf8'));
  });

  describe.skipIf(skipWithout(hasTshark, 'tshark'))('read by tshark', () => {
    it('are whole: every frame with its time to the nanosecond, its direction and its bytes', () => {
      const rows = tshark('frame.time_epoch', 'iso14443.event', 'frame.len');
      expect(frames().length).toBe(rows.length);
      for (const [i, frame] of frames().entries()) {
        const { time_s, fromReader } = frame;
        const bytes = wholeFrame(frame);
        const [time, event, length] = rows[i];
        expect(time).toMatch(/^\d+\.\d{9}$/);
        expect(Number(time)).toBeCloseTo(time_s, 5);
        expect([Number(event), Number(length)]).toEqual([fromReader ? 0xfe : 0xff, bytes.length + 4]);
      }
    });

    it('name what finds a card, with UID and ATS', () => {
      const infos = tshark('_ws.col.Info').map(([info]) => info);
      expect(infos.slice(0, 8)).toEqual([
        'REQA',
        'ATQA',
        'Anticollision',
        'UID',
        'Select',
        'SAK',
        'RATS',
        'ATS',
      ]);
      const [[uid]] = tshark('iso14443.uid_cln').filter(([each]) => each !== '');
      expect(uid).toMatch(/^0x08[0-9a-f]{6}$|^08[0-9a-f]{6}$|^08(:[0-9a-f]{2}){3}$/i);
    });

    it('have good CRCs, but for the frames that were cut off before their last byte', () => {
      const bad = tshark('iso14443.crc.status').filter(([status]) => status === '0' || status === 'Bad');
      const cut = traceEvents().filter(({ args }) => args?.outcome === 'cut');
      const short = cut.filter(({ args }) => !hasCrcA(Buffer.from(args?.bytes ?? '', 'hex')));
      expect(short.length).toBeGreaterThan(5);
      expect(bad.length).toBe(short.length);
    });

    it('are malformed nowhere but in DESELECT, which this version of tshark calls so', () => {
      const wrong = tshark('_ws.col.Info', 'frame.len').filter(([info]) => info.includes('Malformed'));
      for (const [info] of wrong) expect(info).toMatch(/Deselect/i);
    });
  });

  it('give the same exchanges from the air as from the reader', async () => {
    const exchanges = async (file: string): Promise<string[]> => {
      const { out, status } = await tapnote(['trace', file, '--brief']);
      expect(status).toBe(0);
      const apdus = out
        .split('\n')
        .map((line) => line.replace(/^ *[\d.]+ ms {2}/, '').replace(/^→ [^:]+: (?=[A-Z])/, '→ '))
        .filter((line) => /^→ [A-Z]|^← [0-9a-f]{4} /.test(line));
      // What was torn has no answer on either side; the gateway's syncs are on the air alone.
      return apdus
        .flatMap((line, i) =>
          line.startsWith('←') && apdus[i - 1]?.startsWith('→') ? [`${apdus[i - 1]} ${line}`] : [],
        )
        .filter((each) => /^→ (HELLO|SECURE)/.test(each));
    };
    const [air, reader] = [await exchanges(pcap), await exchanges(apdu)];
    expect(reader.length).toBeGreaterThan(50);
    expect(air).toEqual(reader);
  });

  it('explain a greeting down to its fields', async () => {
    const { out } = await tapnote(['trace', apdu]);
    expect(out).toMatch(/SELECT, 9 bytes\n.*application: tapnote, f0/);
    expect(out).toMatch(/versions: newest 2, oldest 2\n.*ephemeral key: [0-9a-f]{64}/);
    for (const field of [
      /certificate\n/,
      / id: [0-9a-f]{16}\n/,
      / issuer: 1\n/,
      / category: 5499\n/,
      / tier: 1\n/,
    ])
      expect(out).toMatch(field);
    expect(out).toMatch(/← torn\n/);
  });

  it('are slices for Perfetto that lie within each other, each APDU in a touch', () => {
    const events = traceEvents();
    const tracks = new Map<string, TraceEvent[]>();
    for (const slice of events.filter(({ ph }) => ph === 'X')) {
      const track = `${slice.pid}/${slice.tid}`;
      tracks.set(track, [...(tracks.get(track) ?? []), slice]);
    }
    for (const [track, all] of tracks) {
      if (track.startsWith('1/')) continue;
      const open: TraceEvent[] = [];
      const sorted = all.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur);
      for (const slice of sorted) {
        while (open.length > 0 && open.at(-1)!.ts + open.at(-1)!.dur <= slice.ts) open.pop();
        const around = open.at(-1);
        if (around) expect(slice.ts + slice.dur).toBeLessThanOrEqual(around.ts + around.dur + 0.001);
        if (/^(SELECT|HELLO|SECURE)/.test(slice.name)) expect(around?.name).toMatch(/^touch/);
        open.push(slice);
      }
    }
    const ends = ['s', 't', 'f'].map((each) => events.filter(({ ph }) => ph === each).map(({ id }) => id));
    expect(ends[0].length).toBeGreaterThan(50);
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });
});

describe('the recording of a Proxmark3', () => {
  const words = (capture: Uint8Array) => explainCapture(capture).map(({ text, kind }) => `${kind} ${text}`);
  const times = (capture: Uint8Array) => explainCapture(capture).map(({ time_s }) => time_s);

  it('is explained in the same words as the pcap file of the same frames, and at the same times', () => {
    const ours = new Uint8Array(readFileSync(pcap));
    const [first, ...rest] = times(ours);
    expect(rest.length).toBeGreaterThan(1_000);
    for (const recorded of [traceOf(frames()), ...LIST_OPTIONS.map((options) => listOf(frames(), options))]) {
      expect(words(recorded)).toEqual(words(ours));
      const [start, ...others] = times(recorded);
      for (const [i, time_s] of others.entries()) {
        // It cannot tell five minutes of silence from ten.
        const rounds = (time_s - start - (rest[i] - first)) / ROUND_S;
        expect(Math.abs(rounds - Math.round(rounds)) * ROUND_S).toBeLessThan(ROUNDING_S);
      }
    }
  });

  it('is told frame by frame on the command line', async () => {
    const told = async (bytes: Uint8Array): Promise<string> => {
      const { status, out, err } = await tapnote(['trace', temporary('recorded', bytes), '--brief']);
      expect(`${status} ${err}`).toBe('0 ');
      return out.replace(/^ *[\d.]+ ms/gm, '');
    };
    const { out } = await tapnote(['trace', pcap, '--brief']);
    expect(await told(traceOf(frames()))).toBe(out.replace(/^ *[\d.]+ ms/gm, ''));
    expect(await told(listOf(frames(), { isColoured: true }))).toBe(out.replace(/^ *[\d.]+ ms/gm, ''));
  });

  it('goes on when its clock has gone round, whatever frames there are', () => {
    const frame = fc.record({
      gap_us: fc.integer({ min: 0, max: 200_000_000 }),
      fromReader: fc.boolean(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 256 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), (all) => {
        let time_s = 0;
        const given = all.map(({ gap_us, fromReader, bytes }) => {
          time_s += gap_us / 1e6 + 0.03;
          return { time_s, fromReader, bytes, crc: 'none' } as const;
        });
        const shown = ({ fromReader, ...each }: CapturedFrame) =>
          `${fromReader} ${Buffer.from(wholeFrame({ fromReader, ...each })).toString('hex')}`;
        const [trace, list] = [readProxmarkTrace(traceOf(given)), readProxmarkList(textOf(listOf(given)))];
        for (const read of [trace, list]) {
          expect(read.map(shown)).toEqual(given.map(shown));
          for (const [i, { time_s }] of read.entries())
            expect(time_s - read[0].time_s).toBeCloseTo(given[i].time_s - given[0].time_s, 5);
        }
      }),
    );
  });

  it('that is damaged or cut off anywhere is explained, or refused with a code', () => {
    const few = frames().slice(0, 40);
    const files = [traceOf(few), ...LIST_OPTIONS.map((options) => listOf(few, options))];
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 20 }),
        fc.nat(),
        (file, changes, end) => {
          const bytes = file.slice(0, end % (file.length + 1));
          for (const { at, byte } of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          try {
            for (const { text, time_s } of explainCapture(bytes)) {
              expect(text).not.toBe('');
              expect(time_s).not.toBeNaN();
            }
          } catch (error) {
            if (!(error instanceof CaptureError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('tapnote trace', () => {
  it('says in one line what is wrong with a file', async () => {
    const empty = writePcap([], 0);
    const other = empty.slice();
    other[20] = 1;
    const half = readFileSync(pcap).subarray(0, 200);
    for (const [bytes, code] of [
      [new Uint8Array(3), 'capture-unknown'],
      [new TextEncoder().encode('this is no capture of anything'), 'capture-unknown'],
      [other, 'capture-link-type'],
      [half, 'capture-cut'],
      [traceOf(frames()).subarray(0, -1), 'capture-cut'],
      [
        Buffer.concat([listOf(frames()), Buffer.from('\n 12 | 13 | Rdr |no bytes |  ok | x\n')]),
        'capture-list',
      ],
      [new TextEncoder().encode('# tapnote: APDUs\nnonsense\n'), 'capture-apdu'],
      [new TextEncoder().encode('# tapnote: APDUs\n1\tx\t<\t9000\n'), 'capture-apdu'],
    ] as const) {
      const { status, err } = await tapnote(['trace', temporary(`wrong-${code}`, bytes)]);
      expect(err).toMatch(new RegExp(`^error: [^\n]+ \\[${code}\\]\n$`));
      expect(status).toBe(2);
    }
  });

  it('says of any bytes what they are, or that they are no capture', () => {
    const whole = new Uint8Array(readFileSync(pcap)).slice(0, 4_000);
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const { at, byte } of changes) if (at < length) bytes[at] = byte;
        try {
          for (const { text } of explainCapture(bytes)) expect(text).not.toBe('');
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
        }
      }),
    );
  });
});
