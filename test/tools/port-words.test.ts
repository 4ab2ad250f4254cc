import { describe, expect, it } from 'vitest';
import { EventCode, WAKE_CAUSES, WALLET_FAULTS } from '../../firmware/app/event-log.js';
import { RANDOM_NAME } from '../../firmware/selftest/bench.js';
import { compare, randomRate } from '../../tools/cli/serial/bench.js';
import { eventLines } from '../../tools/cli/serial/log.js';

const line = (code: number, detail: number): string =>
  eventLines([{ sequence: 0, ticks_ms: 0, code, detail }])[0];

describe('the words for what a device has noted', () => {
  it.each([
    ['power', 'woken by power'],
    ['watchdog', 'after it hung'],
    ['brownout', 'after its supply sagged'],
    ['restart', 'after an exception'],
  ] as const)('tell a start by %s', (cause, words) => {
    expect(line(EventCode.started, WAKE_CAUSES.indexOf(cause))).toContain(words);
  });

  it('tell a flash of another format from a broken one', () => {
    expect(line(EventCode.walletRefused, 0)).toContain('no wallet that may be touched');
    expect(line(EventCode.walletRefused, (3 << 8) | WALLET_FAULTS.indexOf('version'))).toContain(
      'store format 3',
    );
  });

  it('tell by how much a card was too slow to be near', () => {
    expect(line(EventCode.relay, 8_367)).toContain("the card's answer took 8.4 ms too long");
  });
});

describe('the rate of random bytes', () => {
  it('is that of one key, and the emulated chip has no figure beside it', async () => {
    const { rows } = await compare([{ name: RANDOM_NAME, unit: 'us', value: 1_024 }], {
      isSimulated: false,
      emulate: false,
    });
    expect(randomRate(rows)).toBe(31_250);
    expect(rows[0].instructions).toBeUndefined();
    expect(randomRate([])).toBeUndefined();
  });
});
