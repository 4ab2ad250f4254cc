import { describe, expect, it } from 'vitest';
import { NOTHING } from '../../../firmware/bytes.js';
import {
  APDU_DATA_BYTES_MAX,
  SYNC_LONG_PAGE_BYTES_MAX,
  SYNC_PAGE_BYTES_MAX,
} from '../../../firmware/limits.js';
import { buildEnvelope, SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { pageBytesMax } from '../../../firmware/sync/client.js';
import { expectOk } from '../../../sim/device/contacts.js';
import { offlineTotal, pays, townOf } from '../../support/town.js';

const TAG_BYTES = 16;
const SHORTEST = APDU_DATA_BYTES_MAX + TAG_BYTES;
const PAYMENTS = 7;

/** A shop that has taken payments, carried to its bank; lengths of what it says, and what came of it. */
async function carried(carries_bytes: number) {
  const town = await townOf({ Mei: { loaded: 1_000 }, Shop: { category: 5812 } });
  for (let i = 0; i < PAYMENTS; i++) await pays(town, 'Mei', 'Shop', 10 + i);
  const before = await offlineTotal(town);
  const { device } = town.resident('Shop');
  const line = town.bank.openSync();
  const lengths: number[] = [];
  expectOk(device.exchange(SELECT_APPLICATION));
  for (let message: Uint8Array = NOTHING; ; ) {
    const said = expectOk(device.exchange(buildEnvelope(message, carries_bytes)));
    if (said.length === 0) break;
    lengths.push(said.length);
    message = await line.step(said);
  }
  expect(await town.agrees('Shop')).toBe(true);
  expect((await town.bank.audit()).faults).toEqual([]);
  expect(await offlineTotal(town)).toBe(before);
  return lengths;
}

describe('a sync whose carrier says how much it carries', () => {
  it('goes in fewer and longer messages, and none is longer than was said', async () => {
    const short = await carried(0);
    const long = await carried(0xffff);
    expect(Math.max(...short)).toBeLessThanOrEqual(SYNC_PAGE_BYTES_MAX + TAG_BYTES);
    expect(Math.max(...long)).toBeLessThanOrEqual(SYNC_LONG_PAGE_BYTES_MAX + TAG_BYTES);
    expect(Math.max(...long)).toBeGreaterThan(SHORTEST);
    expect(long.length).toBeLessThan(short.length);
    const between = 1_500;
    const middle = await carried(between);
    expect(Math.max(...middle)).toBeLessThanOrEqual(between);
    expect(middle.length).toBeLessThan(short.length);
  });

  it('is for each number what fits, or refused, and a refused one begins nothing', async () => {
    const { device } = (await townOf({ Mei: { loaded: 100 } })).resident('Mei');
    expectOk(device.exchange(SELECT_APPLICATION));
    for (let carries_bytes = 0; carries_bytes <= 0xffff; carries_bytes++) {
      const page = pageBytesMax(carries_bytes);
      if (carries_bytes === 0) expect(page).toBe(SYNC_PAGE_BYTES_MAX);
      else if (carries_bytes < SHORTEST) expect(page).toBeUndefined();
      else expect(page).toBe(Math.min(carries_bytes - TAG_BYTES, SYNC_LONG_PAGE_BYTES_MAX));
    }
    const status = (apdu: Uint8Array): number => {
      const said = device.exchange(apdu);
      return (said[said.length - 2] << 8) | said[said.length - 1];
    };
    for (const carries_bytes of [1, 256, SYNC_PAGE_BYTES_MAX, SHORTEST - 1]) {
      expect(status(buildEnvelope(NOTHING, carries_bytes))).toBe(StatusWord.wrongParameters);
      expect(status(buildEnvelope(new Uint8Array(40)))).toBe(StatusWord.noSession);
    }
    for (const carries_bytes of [0, SHORTEST, 0xffff])
      expect(status(buildEnvelope(NOTHING, carries_bytes))).toBe(StatusWord.ok);
  });
});
