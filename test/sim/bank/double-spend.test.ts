import { beforeAll, describe, expect, it } from 'vitest';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { hex } from '../../../sim/bank/bytes.js';
import { certificatesOf } from '../../../sim/bank/context.js';
import { decodeProof, encodeProof, verifyProof } from '../../../sim/bank/fraud/proof.js';
import { RefusedByBank, type ScriptedDevice } from './scripted-device.js';
import { crypto, enrolDevice, openBank, syncDevice } from './world.js';

const DAY_S = 86_400;

let bank: Bank;
beforeAll(async () => {
  bank = await openBank();
});

let people = 0;
const person = (money: number, operator = 1) => enrolDevice(bank, `p${people++}`, { money, operator });

/** Syncs, and says whether the bank has refused it as a copy. */
async function syncOrForked(device: ScriptedDevice): Promise<boolean> {
  try {
    await syncDevice(bank, device);
    return false;
  } catch (error) {
    if (error instanceof RefusedByBank && error.why === SyncRefusal.forked) return true;
    throw error;
  }
}

async function proofsAgainst(device: ScriptedDevice) {
  return (await bank.proofs()).filter((proof) => hex(proof.device) === hex(device.id));
}

async function breachesOf(device: ScriptedDevice) {
  return (await bank.breaches())
    .filter((each) => hex(each.device) === hex(device.id))
    .map(({ rule }) => rule);
}

async function expectNamed(device: ScriptedDevice, kind: string): Promise<Uint8Array> {
  const [proof, ...more] = await proofsAgainst(device);
  expect(proof?.kind).toBe(kind);
  expect(more).toEqual([]);
  expect(verifyProof(crypto, bank.rootPublicKey, proof.bytes)).toBe(true);
  const { devices } = await bank.hotList();
  expect(devices.map((entry) => hex(entry.device))).toContain(hex(device.id));
  expect((await bank.audit()).faults).toEqual([]);
  return proof.bytes;
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) =>
        permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
      );

describe('a copied device', () => {
  const orders = permutations(['original', 'copy', 'first payee', 'second payee'] as const);

  it.each(orders)('is named, and its payees are paid: %s, %s, %s, %s', async (...order) => {
    const original = await person(100);
    const [first, second] = [await person(0), await person(0, 2)];
    const copy = original.clone();
    original.book(first.take(original.pay(first, 100)));
    copy.book(second.take(copy.pay(second, 60)));
    const who = { original, copy, 'first payee': first, 'second payee': second };
    const refused: string[] = [];
    for (const name of order) {
      if (await syncOrForked(who[name])) refused.push(name);
      expect((await bank.audit()).faults).toEqual([]);
    }
    expect(refused).toEqual([
      order.find((name, i) => name !== order[0] && isCopy(name) && earlier(order, i)),
    ]);
    await expectNamed(original, 'fork');
    for (const payee of [first, second]) expect(await proofsAgainst(payee)).toEqual([]);
    expect([first.held, second.held]).toEqual([100, 60]);
  });

  const isCopy = (name: string) => name === 'original' || name === 'copy';
  const earlier = (order: readonly string[], i: number) => order.slice(0, i).some(isCopy);

  it('is named when the copies differ in what they received, not in what they paid', async () => {
    const [thief, giver, other] = [await person(0), await person(50), await person(50)];
    const copy = thief.clone();
    giver.book(thief.take(giver.pay(thief, 50)));
    other.book(copy.take(other.pay(copy, 50)));
    await syncDevice(bank, giver);
    await syncDevice(bank, other);
    await expectNamed(thief, 'fork');
    expect(await proofsAgainst(giver)).toEqual([]);
  });

  it('is named by a later payment when it contradicts a settlement', async () => {
    const [thief, first, second] = [await person(100), await person(0), await person(0)];
    const copy = thief.clone();
    await syncDevice(bank, thief);
    copy.book(second.take(copy.pay(second, 80)));
    await syncDevice(bank, second);
    // the settlement in the journal bears no signature of the thief
    expect(await proofsAgainst(thief)).toEqual([]);
    thief.book(first.take(thief.pay(first, 70)));
    await syncDevice(bank, thief);
    await expectNamed(thief, 'fork');
  });

  it('is named by a chain that commits to a settlement, with other entries in between', async () => {
    const [thief, first, second] = [await person(100), await person(30), await person(0)];
    const copy = thief.clone();
    await syncDevice(bank, thief);
    copy.book(second.take(copy.pay(second, 80)));
    await syncDevice(bank, second);
    first.book(thief.take(first.pay(thief, 30)));
    thief.book(first.take(thief.pay(first, 70)));
    await syncDevice(bank, first);
    expect(await proofsAgainst(thief)).toEqual([]); // the chain is not known yet
    await syncDevice(bank, thief);
    await expectNamed(thief, 'fork');
  });

  it('is named when a payment skips what it has taken since its last one', async () => {
    const [thief, first, second] = [await person(100), await person(30), await person(0)];
    thief.book(first.take(thief.pay(first, 10)));
    thief.entries.pop();
    thief.head = crypto.sha256(thief.lastOut.previous, thief.lastOut.bytes);
    const copy = thief.clone();
    first.book(thief.take(first.pay(thief, 30)));
    await syncDevice(bank, thief);
    second.take(copy.pay(second, 20, { sequence: 4 }));
    await syncDevice(bank, second);
    await expectNamed(thief, 'fork');
  });

  it('is stopped on the bank’s own word when its whole journal lacks what it has signed', async () => {
    const [thief, first, second] = [await person(100), await person(0), await person(0)];
    const receipt = first.take(thief.pay(first, 10));
    const copy = thief.clone();
    thief.book(receipt);
    await syncDevice(bank, thief);
    second.take(copy.pay(second, 20, { sequence: 4 })); // as if nothing had been booked before it
    await syncDevice(bank, second);
    expect(await breachesOf(thief)).toEqual([]);
    await syncDevice(bank, thief);
    expect(await proofsAgainst(thief)).toEqual([]);
    expect(await breachesOf(thief)).toEqual(['unshown']);
    expect([thief.suspended, thief.held]).toEqual([true, 0]);
    expect((await bank.audit()).faults).toEqual([]);
  });

  it('is named when its next payment does not follow from the journal', async () => {
    const [thief, first, second] = [await person(100), await person(0), await person(0)];
    const copy = thief.clone();
    thief.pay(first, 10);
    copy.pay(first, 20);
    await syncDevice(bank, thief);
    second.take(copy.pay(second, 30));
    await syncDevice(bank, second);
    await expectNamed(thief, 'fork');
  });

  it('whose sync is refused is told so, and what it signed is paid', async () => {
    const [thief, first] = [await person(100), await person(0)];
    const copy = thief.clone();
    const paid = copy.pay(first, 40);
    thief.pay(first, 30);
    await syncDevice(bank, thief);
    copy.book(first.take(paid));
    expect(await syncOrForked(copy)).toBe(true);
    const { offline } = await bank.balance(first.identity.account);
    expect(offline).toBe(40); // known from the copy alone, before the payee has synced
    await expectNamed(thief, 'fork');
  });

  it('is asked for what it has signed before the settlements that it does not share', async () => {
    const [thief, first, giver] = [await person(100), await person(0), await person(10)];
    const copy = thief.clone();
    thief.pay(first, 30);
    copy.pay(first, 40);
    for (let i = 0; i < 3; i++) giver.book(copy.take(giver.pay(copy, 1)));
    for (let i = 0; i < 2; i++) await syncDevice(bank, thief);
    expect(copy.sequence).toBe(thief.sequence + 1);
    expect(await syncOrForked(copy)).toBe(true);
    await expectNamed(thief, 'fork');
    expect(await proofsAgainst(giver)).toEqual([]);
  });
});

describe('a device that breaks its own rules', () => {
  it('is named when it takes more from a note than it is worth', async () => {
    const [thief, shop] = [await person(100), await person(0)];
    const note = thief.notes[0].note.id;
    for (const amount of [70, 60]) {
      thief.book(shop.take(thief.sign(shop, [{ id: note, amount }], 0)));
    }
    await syncDevice(bank, shop);
    expect(await proofsAgainst(thief)).toEqual([]); // it may hold a void of the first
    expect(shop.held).toBe(130);
    await syncDevice(bank, thief);
    await expectNamed(thief, 'overdrawn');
    expect(thief.suspended).toBe(true);
    expect(thief.held).toBe(0);
  });

  it('is named when its notes, its certificate and its settlements are under three keys of its operator', async () => {
    const renewing = await openBank({ parameters: certificatesOf(100 * DAY_S) });
    const [thief, shop] = [
      await enrolDevice(renewing, 'thief', { money: 100 }),
      await enrolDevice(renewing, 'shop'),
    ];
    const note = thief.notes[0].note.id;
    for (const days of [90, 1]) {
      await renewing.tick(renewing.time_s + days * DAY_S);
      await renewing.renewOperatorKey(1, renewing.time_s);
      await syncDevice(renewing, thief);
    }
    const versions = [
      thief.notes[0].note,
      Certificate.parse(thief.identity.certificate)!,
      thief.lastSettlement,
    ];
    expect(versions.map(({ endorsement }) => endorsement)).toEqual([0, 1, 2]);
    for (const amount of [70, 60]) {
      thief.book(shop.take(thief.sign(shop, [{ id: note, amount }], 0)));
    }
    for (const device of [shop, thief]) await syncDevice(renewing, device);
    const [proof] = await renewing.proofs();
    expect(proof).toMatchObject({ device: thief.id, kind: 'overdrawn' });
    expect(verifyProof(crypto, renewing.rootPublicKey, proof.bytes)).toBe(true);
    expect((await renewing.audit()).faults).toEqual([]);
  });

  it('is named when it spends a note that the bank has retired', async () => {
    const [thief, shop] = [await person(100), await person(0)];
    const note = thief.notes[0].note.id;
    await bank.tick(bank.time_s + 1);
    await bank.unload(thief.identity.account, thief.id, 50);
    await syncDevice(bank, thief);
    thief.book(shop.take(thief.sign(shop, [{ id: note, amount: 100 }], 0)));
    await syncDevice(bank, shop);
    await syncDevice(bank, thief);
    await expectNamed(thief, 'overdrawn');
  });

  it('is named when it spends more received value than came in', async () => {
    const [thief, giver, shop] = [await person(0), await person(50), await person(0)];
    giver.book(thief.take(giver.pay(thief, 50)));
    thief.received += 1_000;
    thief.book(shop.take(thief.pay(shop, 51)));
    await syncDevice(bank, shop);
    expect(await proofsAgainst(thief)).toEqual([]);
    await syncDevice(bank, thief);
    await expectNamed(thief, 'overspent');
    expect(shop.held).toBe(51);
  });

  it('is named when it both takes and refuses a payment', async () => {
    const [giver, thief] = [await person(50), await person(0)];
    const transfer = giver.pay(thief, 50);
    giver.book(thief.refuse(transfer));
    thief.take(transfer);
    await syncDevice(bank, giver);
    await syncDevice(bank, thief);
    expect(giver.held).toBe(50);
    await expectNamed(thief, 'receipts');
    expect(await proofsAgainst(giver)).toEqual([]);
    expect((await bank.balance(giver.identity.account)).offline).toBe(50);
    expect((await bank.balance(thief.identity.account)).offline).toBe(0);
  });
});

describe('a payment that is booked twice', () => {
  it('counts once', async () => {
    const [giver, thief, shop] = [await person(50), await person(0), await person(0)];
    const transfer = giver.pay(thief, 50);
    thief.take(transfer);
    thief.take(transfer);
    thief.book(shop.take(thief.pay(shop, 90)));
    await syncDevice(bank, shop);
    await syncDevice(bank, thief);
    await expectNamed(thief, 'receipts');
  });
});

describe('a proof', () => {
  it('is worth nothing with a bit changed anywhere, cut short, or under another root', async () => {
    const [thief, shop, friend] = [await person(100), await person(0), await person(100)];
    const note = thief.notes[0].note.id;
    thief.book(shop.take(thief.sign(shop, [{ id: note, amount: 100 }], 0)));
    friend.book(thief.take(friend.pay(thief, 1)));
    thief.book(shop.take(thief.sign(shop, [{ id: note, amount: 1 }], 0)));
    await syncDevice(bank, thief);
    const bytes = await expectNamed(thief, 'overdrawn');
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1 << ((at * 5) % 8);
      if (verifyProof(crypto, bank.rootPublicKey, changed)) expect.fail(`byte ${at} does not matter`);
    }
    for (const cut of [0, 1, 100, bytes.length - 1]) {
      expect(verifyProof(crypto, bank.rootPublicKey, bytes.slice(0, cut))).toBe(false);
    }
    const stranger = crypto.ed25519KeyFromSeed(new Uint8Array(32)).subarray(32);
    expect(verifyProof(crypto, stranger, bytes)).toBe(false);
  });

  it('does not name the device that another one claims to be', async () => {
    const [thief, victim, shop] = [await person(100), await person(100), await person(0)];
    const copy = thief.clone();
    shop.take(thief.pay(shop, 1));
    shop.take(copy.pay(shop, 2));
    await syncDevice(bank, shop);
    const model = decodeProof(await expectNamed(thief, 'fork'))!;
    const liar = victim.clone();
    Object.assign(liar, { identity: { ...victim.identity, key: thief.identity.key } });
    const statements = [liar.clone().pay(shop, 1).bytes, liar.pay(shop, 2).bytes];
    const forged = encodeProof({ ...model, device: victim.id, statements });
    expect(verifyProof(crypto, bank.rootPublicKey, forged)).toBe(false);
  });

  it('cannot be made of honest payments by leaving out the refusal between them', async () => {
    const [payer, shop] = [await person(100), await person(0)];
    const first = payer.pay(shop, 100);
    payer.book(shop.refuse(first));
    const second = payer.pay(shop, 100);
    shop.take(second);
    await syncDevice(bank, payer);
    await syncDevice(bank, shop);
    expect(await proofsAgainst(payer)).toEqual([]);
    // A malicious bank tries with what it has.
    const [thief, mate] = [await person(100), await person(0)];
    const note = thief.notes[0].note.id;
    thief.book(mate.take(thief.sign(mate, [{ id: note, amount: 100 }], 0)));
    thief.book(mate.take(thief.sign(mate, [{ id: note, amount: 1 }], 0)));
    await syncDevice(bank, thief);
    const model = decodeProof(await expectNamed(thief, 'overdrawn'))!;
    const [load] = payer.notes.length > 0 ? payer.notes : [];
    const forge = (entries: Uint8Array[], base: Uint8Array) =>
      encodeProof({
        ...model,
        device: payer.id,
        certificate: payer.identity.certificate,
        base,
        entries,
        statements: [load!.note.bytes, second.bytes],
      });
    for (const entries of [[first.bytes], [first.bytes, payer.entries[2]]]) {
      for (const base of [first.previous, second.previous]) {
        expect(verifyProof(crypto, bank.rootPublicKey, forge(entries, base))).toBe(false);
      }
    }
  });
});
