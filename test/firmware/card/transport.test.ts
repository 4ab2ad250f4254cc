import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApduTransport } from '../../../firmware/card/transport.js';
import { APDU_COMMAND_BYTES_MAX } from '../../../firmware/limits.js';
import { AID, buildCommand, CLA, CLA_CHAINING, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { ApduLink } from '../../../firmware/terminal/apdu-link.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { NfcReader } from '../../../hal/nfc.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const INS = 0x12;
const of = (...bytes: number[]) => Uint8Array.from(bytes);
const random = (count: number) => Uint8Array.from({ length: count }, (_, at) => (at * 31 + count) & 0xff);
const part = (data: Uint8Array, cla = CLA) =>
  buildCommand(INS, data, { cla: cla | CLA_CHAINING, isPart: true });
const getResponse = (expected: number) => of(0x00, 0xc0, 0x00, 0x00, expected);

/** A transport whose commands are answered by `data`; what it has carried out. */
function card(data = random(4)) {
  const transport = new ApduTransport();
  const carried: Uint8Array[] = [];
  const response = Uint8Array.of(...data, 0x90, 0x00);
  const take = (bytes: Uint8Array, mayChain = true) => {
    const answer = transport.take(bytes, mayChain, (command) => {
      carried.push(command.data.slice());
      return response;
    });
    const end = answer.length - 2;
    return { status: (answer[end] << 8) | answer[end + 1], data: answer.slice(0, end) };
  };
  return { transport, take, carried };
}

/** A reader for so many bytes, with this card on it. */
function reader(
  apduBytesMax: number,
  take: ReturnType<typeof card>['take'],
  sizes: number[] = [],
): NfcReader {
  return {
    apduBytesMax,
    connect: () => {},
    release: () => {},
    transceive: (command, done) => {
      const { status, data } = take(command.slice());
      sizes.push(command.length, data.length + 2);
      done(undefined, Uint8Array.of(...data, status >> 8, status & 0xff));
    },
  };
}

describe('a whole command and its answer', () => {
  test('arrive whatever their lengths, over a reader for short APDUs and over one for extended ones', () => {
    const lengths = fc.integer({ min: 0, max: APDU_COMMAND_BYTES_MAX });
    fc.assert(
      fc.property(lengths, lengths, fc.boolean(), (sent, answered, isShort) => {
        const { take, carried } = card(random(answered));
        const sizes: number[] = [];
        let got: Uint8Array | undefined;
        new ApduLink(reader(isShort ? 261 : 2_048, take, sizes)).exchange(
          { ins: INS, data: random(sent), long: answered > 256 },
          (error, status, data) => {
            expect([error, status]).toEqual([undefined, StatusWord.ok]);
            got = data;
          },
        );
        expect(carried).toEqual([random(sent)]);
        expect(got).toEqual(random(answered));
        if (isShort) expect(Math.max(...sizes)).toBeLessThanOrEqual(261);
      }),
    );
  });

  test('is never longer than Le says, and GET RESPONSE brings the rest at any pace', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.array(fc.integer({ min: 0, max: 255 })),
        (length, paces) => {
          const { take } = card(random(length));
          let got: number[] = [];
          let command = buildCommand(INS, of(), { isPart: true });
          let expected = 0;
          for (const pace of [...paces, ...new Array(700).fill(0)]) {
            const { status, data } = take(command);
            expect(data.length).toBe(Math.min(expected, length - got.length));
            got = [...got, ...data];
            const left = length - got.length;
            expect(status).toBe(left === 0 ? StatusWord.ok : StatusWord.more | (left > 255 ? 0 : left));
            if (left === 0) break;
            command = getResponse(pace);
            expected = pace || 256;
          }
          expect(Uint8Array.from(got)).toEqual(random(length));
          expect(take(getResponse(0)).status).toBe(StatusWord.noSession);
        },
      ),
    );
  });
});

describe('the card’s transport', () => {
  test('keeps one command, up to its bound, and forgets it beyond', () => {
    const { take, carried } = card();
    for (let sent = 255; sent <= APDU_COMMAND_BYTES_MAX; sent += 255)
      expect(take(part(random(255))).status).toBe(StatusWord.ok);
    expect(take(part(random(255))).status).toBe(StatusWord.wrongLength);
    expect(take(buildCommand(INS, random(3))).status).toBe(StatusWord.ok);
    expect(carried).toEqual([random(3)]);
  });

  test('answers another command in the middle of one by 6883, and forgets both', () => {
    for (const other of [
      buildCommand(INS + 1, random(3)),
      buildCommand(INS, random(3), { p1: 1 }),
      buildCommand(INS, random(3), { cla: CLA_ISO }),
      buildCommand(INS + 1, random(3), { cla: CLA | CLA_CHAINING, isPart: true }),
    ]) {
      const { take, carried } = card();
      take(part(random(10)));
      expect(take(other).status).toBe(StatusWord.lastExpected);
      expect(carried).toEqual([]);
      expect(take(buildCommand(INS, random(3))).status).toBe(StatusWord.ok);
      expect(carried).toEqual([random(3)]);
    }
  });

  test('begins anew with a SELECT, a lost field, and bytes that are no command', () => {
    const select = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 });
    const { take, carried, transport } = card(random(300));
    take(part(random(10)));
    expect(take(select).status).toBe(StatusWord.more | 44);
    take(part(random(10)));
    transport.reset();
    expect(take(getResponse(0)).status).toBe(StatusWord.noSession);
    take(part(random(10)));
    expect(take(of(0x80)).status).toBe(StatusWord.wrongLength);
    take(buildCommand(INS, random(3), { long: true }));
    expect(carried).toEqual([AID, random(3)]);
  });

  test('puts nothing together for whoever has not selected it', () => {
    const { take, carried } = card();
    expect(take(part(random(255)), false).status).toBe(StatusWord.noSession);
    expect(carried).toEqual([]);
    const world = new World(1, 1_800_000_000, opensslCrypto);
    const device = world.device('card');
    new TestBank(world.crypto, 1_800_000_000).enrol(device, {});
    device.card.onDeactivated('removed');
    expect(device.exchange(part(random(255)))).toEqual(of(0x69, 0x85));
    expect(device.exchange(getResponse(0))).toEqual(of(0x69, 0x85));
  });

  test('drops what has not been fetched with any other command', () => {
    const { take } = card(random(300));
    expect(take(buildCommand(INS, random(3))).status).toBe(StatusWord.more | 44);
    expect(take(part(random(3))).status).toBe(StatusWord.ok);
    expect(take(getResponse(0)).status).toBe(StatusWord.noSession);
  });

  test('cuts no error short', () => {
    const transport = new ApduTransport();
    const answer = transport.take(buildCommand(INS, of(), { isPart: true }), true, () =>
      of(0x07, 0x6a, 0x80),
    );
    expect(answer).toEqual(of(0x07, 0x6a, 0x80));
  });
});

describe('the terminal’s link', () => {
  test('gives up a card that has ever more to say, or says that and brings nothing', () => {
    for (const data of [random(256), of()]) {
      let exchanges = 0;
      let end: number | undefined;
      const endless = reader(261, () => {
        exchanges++;
        return { status: StatusWord.more, data };
      });
      new ApduLink(endless).exchange({ ins: INS, data: random(3) }, (_, status) => (end = status));
      expect(end).toBe(0);
      expect(exchanges).toBeLessThan(12);
    }
  });
});
