import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isIBlock } from '../../../sim/chip/iso-dep.js';
import { ORDINARY_CARD, RawCard } from '../../../sim/chip/raw-peers.js';
import type { RfField } from '../../../sim/chip/rf-field.js';
import { command, hostBench } from './host.js';

const ROOT = new URL('../../../', import.meta.url);
const README = readFileSync(new URL('sim/chip/README.md', ROOT), 'utf8');

interface Row {
  code: number;
  isDone: boolean;
}

const rows: Row[] = [...README.matchAll(/^\| `([0-9a-f]{2})` \| \w+ \| (.*) \|$/gm)].map(
  ([, code, text]) => ({
    code: Number.parseInt(code!, 16),
    isDone: text !== 'not modelled',
  }),
);

/** Parameters that make sense, where none do not. */
const PARAMETERS: Readonly<Record<number, string>> = {
  0: '00 11',
  6: '6302',
  8: '6302 00',
  14: '8000',
  16: '04',
  18: '14',
  20: '01',
  22: '10',
  50: '01 00',
  64: '01 00',
  66: '00',
  68: '00',
  70: '00 00 00',
  74: '01 00',
  78: '01 00 00',
  80: '01 00',
  82: '00',
  84: '01',
  86: '00 00 00',
  96: '01 01 00',
  140: `04 0400 112233 20 ${'00'.repeat(28)} 00 00`,
};

/** An NTAG: it answers READ by 16 bytes, WRITE by four bits, and a page that it has not by four others. */
function ntag(field: RfField): RawCard {
  const identity = { ...ORDINARY_CARD, sak: 0x00, ats: undefined as never };
  const card = new RawCard(field, 'ntag', identity, undefined, (frame) => {
    if (frame[0] === 0x30 && frame[1]! < 0x10) card.sendBlock(new Uint8Array(16).fill(frame[1]!));
    else card.sendBits(Uint8Array.of(frame[0] === 0xa2 ? 0x0a : 0x00), 4);
  });
  card.enter();
  return card;
}

describe('every command of the chip', () => {
  test('is in the table: 32 of them, and no other is known', () => {
    expect(rows.length).toBe(32);
    for (let code = 0; code < 0x100; code += 2) {
      const { ask, wake, module } = hostBench();
      wake();
      const known = rows.some((row) => row.code === code);
      ask(code.toString(16).padStart(2, '0') + (PARAMETERS[code] ?? ''), 1_000);
      const isUnknown = module.chip.warnings.some((each) => each.startsWith('unknown command'));
      expect(isUnknown, `command ${code.toString(16)}`).toBe(!known);
    }
  });

  test.each(rows)('$code does what the table says: $isDone', ({ code, isDone }) => {
    const { ask, wake, module } = hostBench();
    wake();
    const heard = ask(code.toString(16).padStart(2, '0') + (PARAMETERS[code] ?? ''), 1_000);
    expect(heard[0]).toBe('ack');
    expect(heard[1] === 'error').toBe(!isDone);
    expect(module.chip.warnings.some((each) => each.includes('not modelled'))).toBe(!isDone);
  });

  test('comes from the model’s own reading of the manual: no number of the driver’s', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'sim/chip/*.ts'], {
      cwd: ROOT,
    });
    const names = files.toString().split('\n').filter(Boolean);
    const borrowed = names.filter((name) => readFileSync(new URL(name, ROOT), 'utf8').includes('hal/pn532/'));
    expect(borrowed).toEqual(['sim/chip/pn532-module.ts']);
  });
});

describe('the chip', () => {
  test('accepts each mode of SAMConfiguration', () => {
    for (const mode of ['01', '02', '03', '04']) {
      const { ask, wake } = hostBench();
      wake();
      expect(ask(`14 ${mode} 14 01`)).toEqual(['ack', '15']);
    }
  });

  test('keeps its pins as they were written, and takes only what is marked as valid', () => {
    const { ask, wake } = hostBench();
    wake();
    expect(ask('0c')).toEqual(['ack', '0d3f0600']);
    expect(ask('0e 81 00')).toEqual(['ack', '0f']);
    expect(ask('0c')).toEqual(['ack', '0d010600']);
    expect(ask('0e 00 84')).toEqual(['ack', '0f']);
    expect(ask('0c')).toEqual(['ack', '0d010400']);
    expect(ask('0e 00')).toEqual(['ack', 'error']);
  });

  test('acknowledges and answers each of two commands in one write at its time', () => {
    const { wake, send, clock, module } = hostBench();
    wake();
    const first = command('02');
    const start_us = clock.now_us;
    const acks_us: number[] = [];
    const port = module.chip.host.port!;
    const sendOn = port.send.bind(port);
    port.send = (frame) => {
      if (frame.length === 6) acks_us.push(clock.now_us - start_us);
      sendOn(frame);
    };
    expect(send(Uint8Array.of(...first, ...command('04')))).toEqual([
      ...['ack', '0332010607'],
      ...['ack', '0500000000'],
    ]);
    const byte_us = 1e7 / 115_200;
    // 100 us after the last byte of the frame; its postamble is on its way then.
    expect(acks_us[0]! - first.length * byte_us).toBeLessThan(110);
    expect(acks_us[1]! - 2 * first.length * byte_us).toBeLessThan(110);
  });

  test.each([
    ['00', '0.'],
    ['10', '10'],
  ])('finds an NTAG by InAutoPoll of kind %s, alone and after the kinds before it', (kind) => {
    for (const kinds of [kind, `20 ${kind}`, `20 ${kind} 03 11 12 04`]) {
      const { ask, wake, field } = hostBench();
      wake();
      ntag(field);
      const data = '0100440007' + '04a1b2c3d4e580';
      expect(ask(`60 02 01 ${kinds}`, 3_000)).toEqual(['ack', `6101${kind}0c${data}`]);
    }
  });

  test('finds a wallet by InAutoPoll when MIFARE is asked for first', () => {
    const { ask, wake, field } = hostBench();
    wake();
    const card = new RawCard(field, 'card', ORDINARY_CARD, (block) => {
      card.sendBlock(block);
      if (block[0] === 0xc2) card.halt();
    });
    card.enter();
    expect(ask('60 02 01 10 20', 2_000)[1]).toMatch(/^610120/);
  });

  test('refuses InAutoPoll and InListPassiveTarget with what does not exist', () => {
    const { ask, wake } = hostBench();
    wake();
    for (const text of [
      '60 00 01 20',
      '60 01 00 20',
      '60 01 10 20',
      '60 01 01 77',
      '4a 00 00',
      '4a 03 00',
      '4a 01 05',
    ])
      expect(ask(text), text).toEqual(['ack', 'error']);
  });

  test('exchanges data with an NTAG: with a CRC, four bits for yes and no, silence by its status', () => {
    const { ask, wake, field } = hostBench();
    wake();
    const card = ntag(field);
    ask('4a 01 00');
    expect(ask('40 01 30 04')).toEqual(['ack', `4100${'04'.repeat(16)}`]);
    expect(ask('40 01 a2 04 01020304')).toEqual(['ack', '4100']);
    expect(ask('40 01 30 20')).toEqual(['ack', '4113']);
    expect(ask('40 01 60 04 ffffffffffff 04a1b2c3')).toEqual(['ack', '4114']);
    card.leave();
    expect(ask('40 01 30 04', 100)).toEqual(['ack', '4101']);
    expect(ask('40 02 30 04')).toEqual(['ack', '4127']);
  });

  test('lists two cards, exchanges data with each by its number, and lets both go', () => {
    const { ask, wake, field } = hostBench();
    wake();
    const uids = [
      [4, 1, 2, 3, 4, 5, 6],
      [8, 1, 2, 3],
    ];
    for (const uid of uids) {
      const card = new RawCard(
        field,
        uid.join(),
        { ...ORDINARY_CARD, uid: Uint8Array.from(uid) },
        (block) => {
          if (block[0] === 0xc2) {
            card.sendBlock(block);
            card.halt();
          } else if (isIBlock(block[0]!)) card.sendBlock(Uint8Array.of(block[0]!, uid.length));
        },
      );
      card.enter();
    }
    const [, listed] = ask('4a 02 00', 200);
    expect(listed).toBe(
      `4b02${'0100442007' + '04010203040506' + '0578807002'}${'0200442004' + '08010203' + '0578807002'}`,
    );
    for (const [number, length] of [
      [2, 4],
      [1, 7],
      [2, 4],
      [2, 4],
    ])
      expect(ask(`40 0${number} 00`)).toEqual(['ack', `41000${length}`]);
    expect(ask('04')).toEqual(['ack', '05' + '000002' + '01000000' + '02000000' + '00']);
    expect(ask('44 00')).toEqual(['ack', '4500']);
    expect(ask('40 01 00')).toEqual(['ack', '4127']);
    expect(ask('54 01')).toEqual(['ack', '5500']);
    expect(ask('40 01 00')).toEqual(['ack', '410007']);
    expect(ask('52 00')).toEqual(['ack', '5300']);
    expect(ask('4a 01 00 08010203', 100)[1]).toContain('08010203');
    expect(ask('4a 01 00 88040102 03040506', 100)[1]).toContain('04010203040506');
  });

  test('sends a short frame when BitFraming says so', () => {
    const { ask, wake, field } = hostBench();
    wake();
    ntag(field);
    ask('32 01 01');
    ask('08 6302 00 6303 00 633d 07');
    expect(ask('42 26')).toEqual(['ack', '43004400']);
  });
});
