/**
 * Whom a wallet believes: hot lists whose parts come in any order and from flash again, and certificates seen
 * before.
 */
import { CERTIFICATE_CACHE_MAX } from '../../../../firmware/limits.js';
import { type Certificate, Role } from '../../../../firmware/objects/certificate.js';
import { HotList } from '../../../../firmware/objects/hot-list.js';
import { Operator } from '../../../../firmware/objects/operator.js';
import { Refusal } from '../../../../firmware/protocol/refusal.js';
import { KeyPlace, Trust } from '../../../../firmware/trust/trust.js';
import { VirtualClock } from '../../../../sim/chip/virtual-clock.js';
import { TestBank } from '../../../../sim/world/test-bank.js';
import { same } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import { PlainDevice } from '../../hardware/plain-device.js';
import { atTheBank, START_S } from '../../hardware/stage.js';
import type { Case, Hardware } from '../../suite.js';

const PARTS_GIVEN = 30;
const DEVICES = 60;
const YEAR_S = 365 * 86_400;

export const trust = (hardware: Hardware, seed: number): Case[] => [
  {
    name: 'hot lists: a part, a torn list or a restart makes nobody trusted who is on the last whole list or the newest',
    run: () => {
      const { crypto } = hardware;
      const dice = new Dice(seed, 'trust');
      const bank = new TestBank(crypto, START_S);
      const device = new PlainDevice(hardware, new VirtualClock(), seed, 'card');
      bank.enrol(atTheBank(device));
      const ids = Array.from({ length: DEVICES }, () => dice.bytes(8));
      const listOf = (version: number, parts: number) => {
        const listed = ids.filter(() => dice.oneIn(4));
        return Array.from({ length: parts }, (_, part) => ({
          hot: listed.filter((_id, i) => i % parts === part),
          list: (hot: readonly Uint8Array[]) =>
            HotList.build(crypto, bank.operatorKey, { issuer: bank.number, version, part, parts, ids: hot }),
        }));
      };
      let whole = new Set<Uint8Array>();
      let version = 1;
      let lists = listOf(version, 1);
      let newest = new Set<number>();
      for (let i = 0; i < PARTS_GIVEN; i++) {
        // The first list comes whole; a later one may be overtaken by the next.
        if (newest.size === lists.length || (i > 3 && dice.oneIn(8))) {
          if (newest.size === lists.length) whole = new Set(lists.flatMap(({ hot }) => hot));
          lists = listOf(++version, 1 + dice.below(4));
          newest = new Set();
        }
        const part = dice.below(lists.length);
        const { hot, list } = lists[part];
        same(device.wallet.takeObject(list(hot).bytes), true, `part ${part} of list ${version}`);
        newest.add(part);
        if (dice.oneIn(3)) device.restart();
        const here = new Set([...newest].flatMap((at) => lists[at].hot));
        const isWhole = newest.size === lists.length;
        for (const [j, id] of ids.entries()) {
          const expected = here.has(id) || (!isWhole && whole.has(id));
          same(device.wallet.trust.isHot(id), expected, `device ${j} after part ${part} of list ${version}`);
        }
      }
      same(version > 5, true, 'some lists');
    },
  },
  {
    name: 'certificates: a signature is verified once, a forged one each time, and dates and lists count besides',
    run: () => {
      let verified = 0;
      const crypto = {
        ...hardware.crypto,
        ed25519Verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
          verified++;
          return hardware.crypto.ed25519Verify(key, message, signature);
        },
      };
      const bank = new TestBank(hardware.crypto, START_S);
      const certify = (notAfter_s: number) => bank.certify(bank.random(32), { notAfter_s });
      const real = new Trust(crypto, bank.rootKey.subarray(32));
      const certificate = certify(START_S + 100);
      same(real.admit(certificate, START_S), Refusal.certificate, 'an operator that is not known');
      same(verified, 1, 'verifications, for nothing');
      real.addOperator(bank.operator);
      const meet = (each: Certificate): void => {
        if (real.isGenuine(each)) real.remember(each);
      };
      for (let i = 0; i < 3; i++) meet(certificate);
      same(real.isGenuine(certificate), true, 'certificate');
      same(verified, 2, 'verifications');
      const forged = certify(START_S + 100);
      forged.bytes[forged.bytes.length - 1] ^= 1;
      for (let i = 0; i < 2; i++) same(real.isGenuine(forged), false, 'forged certificate');
      same(verified, 4, 'verifications with the forged ones');
      same(real.admit(forged, START_S + 101), Refusal.certificate, 'a forged one out of date');
      same(real.admit(certificate, START_S + 100), certificate, 'on its last second');
      same(real.admit(certificate, START_S + 101), Refusal.certificateExpired, 'after it');
      const later = certify(START_S + 10 * YEAR_S);
      same(real.admit(later, START_S + 6 * YEAR_S), Refusal.certificateExpired, 'after its operator');
      const others = Array.from({ length: CERTIFICATE_CACHE_MAX }, () => certify(START_S));
      verified = 0;
      for (const other of others) real.isGenuine(other);
      same(real.isGenuine(certificate), true, 'one among others that have proved nothing');
      same(verified, CERTIFICATE_CACHE_MAX, 'verifications of others');
      for (const other of others) meet(other);
      same(real.isGenuine(certificate), true, 'one that was forgotten');
      same(verified, 2 * CERTIFICATE_CACHE_MAX + 1, 'verifications in the end');
    },
  },
  {
    name: 'the newest key of our own operator is prepared, unless a reader could tell by it whose device this is',
    run: () => {
      const [prepared, verifiedWith]: [Uint8Array[], Uint8Array[]] = [[], []];
      const crypto = {
        ...hardware.crypto,
        ed25519Prepare: (key: Uint8Array, place: number) => {
          same(place, KeyPlace.operator, 'place');
          prepared.push(key);
        },
        ed25519Verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
          verifiedWith.push(key);
          return hardware.crypto.ed25519Verify(key, message, signature);
        },
      };
      const bank = new TestBank(hardware.crypto, START_S);
      const root = bank.rootKey.subarray(32);
      const operator = (number: number, version: number) =>
        Operator.build(hardware.crypto, bank.rootKey, {
          number,
          version,
          key: bank.random(32),
          notBefore_s: START_S,
          notAfter_s: START_S + YEAR_S,
        });
      const real = new Trust(crypto, root);
      const [person, merchant] = [Role.person, Role.merchant].map((role) =>
        bank.certify(bank.random(32), { role }),
      );
      real.makeReady(merchant);
      same(prepared.length, 0, 'no operator is known');
      real.isGenuine(bank.certify(bank.random(32)));
      same(verifiedWith[0], root, 'the key for nothing, none being prepared');
      const [older, newer] = [operator(bank.number, 1), operator(bank.number, 2)];
      for (const each of [newer, older]) real.addOperator(each);
      real.makeReady(person);
      real.makeReady(person);
      same(prepared[0], newer.key, 'the newest of two');
      real.isGenuine(bank.certify(bank.random(32)));
      same(verifiedWith[1], newer.key, 'the key for nothing, which must take as long as a real one');
      real.addOperator(operator(bank.number + 1, 0));
      real.makeReady(person);
      same(prepared[1], new Uint8Array(0), 'the place is free, with another operator known');
      same(prepared.length, 2, 'calls, the same key being prepared once');
      real.makeReady(merchant);
      same(prepared[2], newer.key, 'of a device that shows its certificate to everybody');
    },
  },
];
