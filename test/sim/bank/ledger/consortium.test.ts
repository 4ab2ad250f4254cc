import { describe, expect, it } from 'vitest';
import type { Bank } from '../../../../sim/bank/bank.js';
import { hex } from '../../../../sim/bank/bytes.js';
import { parseCheckpoint } from '../../../../sim/bank/ledger/checkpoint.js';
import { parseFork } from '../../../../sim/bank/ledger/fork.js';
import {
  BLIND_BYTES,
  commitmentTo,
  ENTRY_BYTES,
  entriesOf,
  OPENING_BYTES,
  parseEntry,
  parseRecord,
  recordBytes,
} from '../../../../sim/bank/ledger/leaf.js';
import { MirrorError, mirrorLog } from '../../../../sim/bank/ledger/mirror.js';
import { type Policy, parsePolicy } from '../../../../sim/bank/ledger/policy.js';
import { parseProof, verifyProof } from '../../../../sim/bank/ledger/proof.js';
import { Publisher } from '../../../../sim/bank/ledger/publisher.js';
import { superviseMirrors } from '../../../../sim/bank/ledger/supervision.js';
import { crypto, openBank, seededEntropy } from '../world.js';
import { MemoryShelf, marketDay, sourceOf, text, witnessed } from './market.js';

const policyOf = async (bank: Bank, operator: number): Promise<Policy> =>
  parsePolicy(crypto, text(await bank.logs.file(operator, 'policy')));
const checkpointOf = async (bank: Bank, operator: number) =>
  parseCheckpoint(text(await bank.logs.file(operator, 'checkpoint')))!;
const mirrored = async (bank: Bank, operator: number, shelf: MemoryShelf) =>
  mirrorLog(crypto, await policyOf(bank, operator), sourceOf(bank, operator), shelf);

const pay = (from: number, to: number, amount: number) => ({ from, to, amount });

describe('a bank whose books are rolled back, and whose keys sign a second history', () => {
  it('finds no honest witness, and the two histories are written down as proof', async () => {
    // The same root and operators: whoever has the books has their keys.
    const [bank, forger] = [await openBank(), await openBank()];
    expect(forger.logs.all).toEqual(bank.logs.all);
    const { publisher, witnesses } = witnessed(bank);
    await marketDay(bank, [pay(0, 1, 5), pay(1, 0, 2), pay(0, 1, 1)], 2);
    await publisher.publish();
    const honest = await checkpointOf(bank, 1);
    const copy = new MemoryShelf();
    await mirrored(bank, 1, copy);
    const before = new Map(copy.files);

    await marketDay(forger, [pay(0, 1, 5), pay(0, 1, 5), pay(0, 1, 5), pay(1, 0, 1)], 2);
    const silent: string[] = [];
    const onSilent = (...words: string[]) => void silent.push(words.join(': '));
    await new Publisher(forger.logs, crypto, witnesses, onSilent).publish();
    expect(await forger.logs.file(1, 'checkpoint')).toBeUndefined();
    expect(silent.filter((line) => /operator-1: HTTP 422/.test(line))).toHaveLength(2);
    const [{ key }] = bank.logs.all;
    const forks = witnesses.flatMap(({ shelf }) =>
      [...shelf.files].filter(([name]) => name.endsWith('.fork')),
    );
    const proven = forks.filter(
      ([, bytes]) => parseFork(crypto, text(bytes), key)?.older.size === honest.size,
    );
    expect(proven).toHaveLength(2);

    // Were all witnesses in league with the thief, whoever keeps a copy would find it out alone.
    await witnessed(forger).publisher.publish();
    const caught: MirrorError = await mirrorLog(
      crypto,
      await policyOf(forger, 1),
      sourceOf(forger, 1),
      copy,
    ).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(caught).toBeInstanceOf(MirrorError);
    expect(caught.code).toBe('fork');
    expect(parseFork(crypto, caught.proof!, key)).toMatchObject({ older: { size: honest.size } });
    expect(copy.files).toEqual(before);
    // The other way round it is as much of a fork: the longer history was there first.
    const late = new MemoryShelf();
    await mirrored(forger, 1, late);
    await expect(mirrored(bank, 1, late)).rejects.toMatchObject({ code: 'fork' });
  });
});

describe('a bank that is gone', () => {
  it('leaves copies that prove every payment, and the central bank counts them without it', async () => {
    const bank = await openBank();
    const { publisher } = witnessed(bank);
    const shelves = [new MemoryShelf(), new MemoryShelf()];
    const people = await marketDay(bank, [
      pay(0, 1, 40),
      pay(1, 2, 15),
      pay(2, 3, 9),
      pay(3, 0, 1),
      pay(0, 2, 6),
    ]);
    await publisher.publish();
    // In two rounds, so that the second continues the first.
    for (const [i, shelf] of shelves.entries()) await mirrored(bank, i + 1, shelf);
    const later = await marketDay(bank, [pay(0, 1, 3), pay(1, 0, 2)], 2);
    await publisher.publish();
    for (const [i, shelf] of shelves.entries()) await mirrored(bank, i + 1, shelf);
    const policies = [await policyOf(bank, 1), await policyOf(bank, 2)];
    const proofs: { proof: string; operator: number }[] = [];
    for (const [device, operator] of [...people, ...later].map((each, i) => [each, 1 + (i % 2)] as const)) {
      for (let sequence = 1; sequence < 20; sequence++) {
        const proof = await bank.logs
          .prove(device.identity.account, device.id, sequence)
          .catch(() => undefined);
        if (proof !== undefined) proofs.push({ proof, operator });
      }
    }
    const { supervisor } = bank.logs;
    // Nothing of the bank is asked from here on.
    await bank.close();
    // Of each payment: the payer's transfer, and both copies of the receipt.
    expect(proofs).toHaveLength(21);
    for (const { proof, operator } of proofs) {
      const parsed = parseProof(proof)!;
      const entry = parsed.extra.subarray(0, ENTRY_BYTES);
      expect(verifyProof(crypto, policies[operator - 1], parsed, entry)).toMatchObject({
        cosigned: [{}, {}],
      });
    }
    const { opened, net, faults, forgotten } = await superviseMirrors(crypto, supervisor, shelves);
    expect([faults, forgotten]).toEqual([[], 0]);
    // Each proof is of a payment that the copies have as well.
    const all = new Set(opened.map(({ operator, record }) => `${operator} ${hex(record.transfer)}`));
    const proven = proofs.map(({ proof, operator }) => {
      const opening = parseProof(proof)!.extra.subarray(ENTRY_BYTES);
      return `${operator} ${hex(parseRecord(opening.subarray(BLIND_BYTES)).transfer)}`;
    });
    expect(new Set(proven)).toEqual(all);
    const flow = -40 + 15 - 9 + 1 - 3 + 2;
    expect(net).toEqual({ CNY: { 1: flow, 2: -flow } });

    // One operator's log alone does not match, and a ciphertext that was changed is found.
    const [, bytes] = [...shelves[0].files].find(([name]) => name.startsWith('ciphertext/'))!;
    bytes[40] ^= 1;
    expect((await superviseMirrors(crypto, supervisor, shelves)).faults.length).toBeGreaterThan(0);
    await expect(superviseMirrors(crypto, crypto.sha256(supervisor), [shelves[1]])).resolves.toMatchObject({
      opened: [],
    });
  });
});

describe('what the ledger gives away', () => {
  /** Everything that anybody can get from the logs of a bank, by its path. */
  async function everything(payments: readonly ReturnType<typeof pay>[]) {
    const bank = await openBank({ entropy: seededEntropy('the same bank') });
    const { publisher } = witnessed(bank);
    const people = await marketDay(bank, payments);
    await publisher.publish();
    const shelves = [new MemoryShelf(), new MemoryShelf()];
    for (const [i, shelf] of shelves.entries()) await mirrored(bank, i + 1, shelf);
    const lengths = shelves.map(({ files }) =>
      [...files].map(([name, { length }]) => `${name.replace(/[0-9a-f]{64}/, 'HASH')} ${length}`),
    );
    return { bank, people, shelves, lengths };
  }

  it('has the same lengths everywhere, whoever pays whom and how much', async () => {
    const one = await everything([pay(0, 1, 1), pay(2, 1, 1), pay(0, 3, 1)]);
    const two = await everything([pay(2, 3, 900), pay(0, 3, 77), pay(2, 1, 40)]);
    expect(one.lengths).toEqual(two.lengths);
    expect(one.lengths.flat().length).toBeGreaterThan(6);
  });

  it('shows nothing of payers, payees and amounts, and nothing to who knows them all and tries', async () => {
    const payments = [pay(0, 1, 1_234), pay(1, 0, 567)].map((each) => ({
      ...each,
      amount: each.amount % 1_000,
    }));
    const { bank, shelves, people } = await everything(payments);
    const { opened } = await superviseMirrors(crypto, bank.logs.supervisor, shelves);
    const bytes = shelves.flatMap(({ files }) => [...files.values()].map(hex));
    for (const secret of [
      ...people.map(({ id }) => hex(id)),
      ...opened.map(({ record }) => hex(record.transfer)),
    ])
      expect(bytes.some((each) => each.includes(secret))).toBe(false);
    // Whoever knows the whole record, but not the blind, cannot tell it from another.
    const [bundle] = [...shelves[0].files]
      .filter(([name]) => name.startsWith('tile/entries/'))
      .map(([, each]) => each);
    const commitments = entriesOf(bundle)!.map((entry) => hex(parseEntry(entry)!.commitment));
    for (const { record } of opened) {
      const guess = new Uint8Array(OPENING_BYTES);
      guess.set(recordBytes(record), BLIND_BYTES);
      expect(commitments).not.toContain(hex(commitmentTo(crypto, guess)));
      expect(commitments).not.toContain(hex(crypto.sha256(recordBytes(record))));
    }
    // Two leaves about one payment, in two logs, have nothing in common.
    const all = shelves.flatMap(({ files }) =>
      [...files].filter(([name]) => name.startsWith('tile/entries/')).flatMap(([, each]) => entriesOf(each)!),
    );
    expect(new Set(all.map((entry) => hex(parseEntry(entry)!.commitment))).size).toBe(all.length);
  });
});
