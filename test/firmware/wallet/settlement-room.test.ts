import { describe, expect, it } from 'vitest';
import { NOTES_MAX } from '../../../firmware/limits.js';
import { Settlement } from '../../../firmware/objects/settlement.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;

describe('a settlement', () => {
  it('is taken only if the wallet can hold all its notes', () => {
    const world = new World(1, START_S, opensslCrypto);
    const bank = new TestBank(world.crypto, START_S);
    const watch = world.device('watch', { flashSectors: 256 });
    bank.enrol(watch);
    bank.settle(
      watch.wallet,
      bank.notes(
        watch.wallet,
        Array.from({ length: NOTES_MAX - 1 }, () => 5),
      ),
    );
    const { ledger } = watch.wallet;
    const bringing = (notes: number, retireUntil_s: number) =>
      Settlement.build(world.crypto, bank.operatorKey, {
        device: watch.wallet.certificate.id,
        issuer: bank.number,
        sequence: ledger.sequence,
        head: ledger.head,
        time_s: START_S,
        epoch: ledger.epoch + 1,
        standing: 0,
        retireUntil_s,
        notes,
        notesHash: new Uint8Array(32),
        resolved: [],
      });
    expect(ledger.hasRoomFor(bringing(1, 0))).toBe(true);
    expect(ledger.hasRoomFor(bringing(2, 0))).toBe(false);
    // The same number in place of those that it takes back.
    expect(ledger.hasRoomFor(bringing(NOTES_MAX, 0xffffffff))).toBe(true);
    bank.settle(watch.wallet, bank.notes(watch.wallet, [7]));
    expect(ledger.held).toBe((NOTES_MAX - 1) * 5 + 7);
    expect(ledger.noteIndex.count).toBe(NOTES_MAX);
  });
});
