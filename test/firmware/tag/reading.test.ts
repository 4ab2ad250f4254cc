import { describe, expect, it } from 'vitest';
import { buildNdef, type NdefRecord, parseNdef } from '../../../firmware/tag/ndef.js';
import { PayeeTag } from '../../../firmware/tag/payee-tag.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { CONTAINER_AT, DATA_AT, messageTlv } from '../../../firmware/tag/type2.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { RawCard } from '../../../sim/chip/raw-peers.js';
import { memoryWith, NTAGS, NtagTag } from '../../../sim/tag/ntag.js';
import { NdefApplication, Type4Tag } from '../../../sim/tag/type4-tag.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { type Movable, World } from '../../../sim/world/world.js';
import { watchCommands } from '../../sim/chip/bench.js';
import { NOW_S, URL_MESSAGE, utf8 } from './payee-tags.js';

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const KIND = NTAGS.ntag215;
const IN_DATA_EXCHANGE = 0x40;

function market() {
  const world = new World(1, NOW_S, opensslCrypto);
  const bank = new TestBank(world.crypto, NOW_S);
  const [stall, watch] = [world.device('stall'), world.device('watch')];
  bank.enrol(stall, { category: 5_812 });
  bank.enrol(watch);
  const label = utf8('Noodles');
  const tag = PayeeTag.of(stall.wallet, { amount: 1_250, label, notAfter_s: NOW_S + 3_600 });
  const ntag = (message = tag.message, change: (memory: Uint8Array) => void = () => {}): NtagTag => {
    const memory = memoryWith(KIND, UID, message);
    change(memory);
    return new NtagTag(world.field, 'tag', KIND, memory);
  };
  const type4 = (message = tag.message, application = NdefApplication.with(message, 600)): Type4Tag =>
    new Type4Tag(world.field, 'tag', application);
  const read = (thing: Movable) => world.readTag(watch, thing);
  return { world, bank, stall, watch, tag, ntag, type4, read };
}

const shownBytes = (read: ReturnType<World['readTag']>) =>
  read && 'shown' in read ? read.shown.tag.bytes : read;

describe('a wallet at a passive tag', () => {
  it('reads a Type 2 tag by READ, four pages at a time and no further than it must: the bytes of the PN532', () => {
    const { watch, ntag, read, tag } = market();
    const sent: number[][] = [];
    watchCommands({ module: watch.module, driver: watch.pn532 }, (code, parameters) => {
      if (code === IN_DATA_EXCHANGE) sent.push([...parameters]);
    });
    expect(shownBytes(read(ntag()))).toEqual(tag.bytes);
    const bytes = DATA_AT + messageTlv(tag.message).length - 1;
    expect(sent).toEqual(Array.from({ length: Math.ceil(bytes / 16) }, (_, i) => [1, 0x30, 4 * i]));
  });

  it('reads a Type 4 tag by SELECT and READ BINARY: the bytes of the PN532', () => {
    const { watch, type4, read, tag } = market();
    const sent: string[] = [];
    watchCommands({ module: watch.module, driver: watch.pn532 }, (code, parameters) => {
      if (code === IN_DATA_EXCHANGE) sent.push(Buffer.from(parameters).toString('hex'));
    });
    expect(shownBytes(read(type4()))).toEqual(tag.bytes);
    const { length } = tag.message;
    expect(sent).toEqual([
      '0100a4040007d276000085010100',
      '0100a4000c02e103',
      '0100b000000f',
      '0100a4000c020001',
      '0100b0000002',
      '0100b00002ff',
      // The chip's own buffer is a byte shorter than this answer: the rest is fetched.
      '01',
      `0100b00101${(length - 255).toString(16).padStart(2, '0')}`,
    ]);
  });

  it('reads it again, and takes the next card as ever', () => {
    const { world, bank, watch, stall, ntag, read, tag } = market();
    bank.settle(watch.wallet, bank.notes(watch.wallet, [5_000]));
    expect(shownBytes(read(ntag()))).toEqual(tag.bytes);
    expect(shownBytes(read(ntag()))).toEqual(tag.bytes);
    const order = stall.terminal.order('pull', 100);
    expect(world.touch(stall, watch, order).result?.outcome).toBe('paid');
    expect(stall.wallet.ledger.held + watch.wallet.ledger.held).toBe(5_000);
  });

  const records = (message: Uint8Array): readonly NdefRecord[] => parseNdef(message) as NdefRecord[];
  /** The payload in two chunks. */
  function inChunks(message: Uint8Array): Uint8Array {
    const [{ type, payload }] = records(message);
    const first = payload.subarray(0, 100);
    const last = payload.subarray(100);
    return Uint8Array.of(0xb4, type.length, 100, ...type, ...first, 0x56, 0, last.length, ...last);
  }

  it('joins a payee that comes in chunks', () => {
    const { ntag, type4, read, tag } = market();
    const message = inChunks(tag.message);
    expect(parseNdef(message)).toEqual(records(tag.message));
    expect(shownBytes(read(ntag(message)))).toEqual(tag.bytes);
    expect(shownBytes(read(type4(message)))).toEqual(tag.bytes);
  });

  it('reads a tag that is locked', () => {
    const { world, read, tag, type4 } = market();
    const memory = memoryWith(KIND, UID, tag.message, true);
    expect(shownBytes(read(new NtagTag(world.field, 'tag', KIND, memory)))).toEqual(tag.bytes);
    const locked = NdefApplication.with(tag.message, 600, true);
    expect(shownBytes(read(type4(undefined, locked)))).toEqual(tag.bytes);
  });

  it.each<[string, TagFault, (made: ReturnType<typeof market>) => Movable]>([
    ['a URL', TagFault.foreign, ({ ntag }) => ntag(URL_MESSAGE)],
    ['an empty tag', TagFault.empty, ({ ntag }) => ntag(new Uint8Array(0))],
    [
      'a tag without NDEF',
      TagFault.noNdef,
      ({ ntag }) => ntag(undefined, (memory) => memory.fill(0, CONTAINER_AT, 16)),
    ],
    [
      'a length beyond the tag',
      TagFault.cut,
      ({ ntag }) => ntag(undefined, (memory) => memory.set([255, 1, 0xff], DATA_AT + 1)),
    ],
    [
      'a length beyond reason',
      TagFault.tooLong,
      ({ ntag }) => ntag(undefined, (memory) => memory.set([255, 0xff, 0xff], DATA_AT + 1)),
    ],
    ['a message that is cut', TagFault.cut, ({ ntag, tag }) => ntag(tag.message.subarray(0, 90))],
    ['a forged amount', TagFault.signature, ({ ntag, tag }) => ntag(forged(tag))],
    ['two payees', TagFault.several, ({ type4, tag }) => type4(twice(tag))],
    ['another application', TagFault.noNdef, ({ world }) => stranger(world)],
    [
      'an empty Type 4 tag',
      TagFault.empty,
      ({ type4 }) => type4(undefined, new NdefApplication(new Uint8Array(64))),
    ],
    [
      'a Type 4 length beyond its file',
      TagFault.cut,
      ({ type4 }) => type4(undefined, new NdefApplication(Uint8Array.of(1, 0, ...new Uint8Array(62)))),
    ],
    [
      'a Type 4 length beyond reason',
      TagFault.tooLong,
      ({ type4 }) => type4(undefined, new NdefApplication(Uint8Array.of(255, 255, ...new Uint8Array(62)))),
    ],
  ])('tells %s by a code', (_, fault, made) => {
    const all = market();
    expect(all.read(made(all))).toEqual({ fault });
  });

  const twice = (tag: PayeeTag): Uint8Array => buildNdef([...records(tag.message), ...records(tag.message)]);

  /** The thief's amount under the stall's signature. */
  function forged(tag: PayeeTag): Uint8Array {
    const message = tag.message.slice();
    const at = message.length - tag.bytes.length + PayeeTag.shape.offsets[1];
    message[at + 3] ^= 1;
    return message;
  }

  /** A bank card: ISO-DEP, and nothing of what a tag has. */
  function stranger({ field }: World): Movable {
    return new Type4Tag(field, 'card', {
      file: new Uint8Array(0),
      reset() {},
      onCommand: () => Uint8Array.of(0x6a, 0x82),
    } as unknown as NdefApplication);
  }

  const errorCode = (read: ReturnType<World['readTag']>): string | undefined =>
    read && 'torn' in read ? read.torn : undefined;

  it('says that nobody came, and that a card lies beside the tag', () => {
    const { world, ntag, read } = market();
    expect(errorCode(read({ enter() {}, leave() {} }))).toBe('timeout');
    const two = [ntag(), stranger(world)];
    const pair = {
      enter: () => two.forEach((each) => void each.enter()),
      leave: () => two.forEach((each) => void each.leave()),
    };
    expect(errorCode(read(pair))).toBe('crowd');
  });

  it('pulled away with any byte, of either kind, is torn or read whole, and the wallet reads on', () => {
    const { world, watch, ntag, type4, read, tag } = market();
    for (const make of [ntag, type4]) {
      const before = world.field.bytes;
      expect(shownBytes(read(make()))).toEqual(tag.bytes);
      const whole = world.field.bytes - before;
      let torn = 0;
      for (let at = 1; at <= whole; at++) {
        const got = world.readTag(watch, make(), at);
        if (errorCode(got) !== undefined) torn++;
        else expect(shownBytes(got)).toEqual(tag.bytes);
      }
      expect(torn).toBeGreaterThan(whole * 0.9);
      expect(shownBytes(read(make()))).toEqual(tag.bytes);
    }
  });

  it('gives up a tag that answers with fewer bytes, with NAK, or for ever with an empty piece', () => {
    const { world, read, type4 } = market();
    const mute = (answer: (card: RawCard) => void): Movable =>
      new RawCard(
        world.field,
        'tag',
        { atqa: Uint8Array.of(0x44, 0), uid: UID, sak: 0 },
        undefined,
        (_, card) => answer(card),
      );
    expect(errorCode(read(mute((card) => card.sendBlock(Uint8Array.of(1, 2, 3)))))).toBe('protocol');
    expect(errorCode(read(mute((card) => card.sendBits(Uint8Array.of(0), 4))))).toBe('protocol');
    expect(errorCode(read(mute(() => {})))).toBe('removed');
    const application = NdefApplication.with(URL_MESSAGE, 64);
    const answers = application.onCommand.bind(application);
    application.onCommand = (apdu) =>
      apdu[1] === 0xb0 && apdu[3] === 2 ? Uint8Array.of(0x90, 0) : answers(apdu);
    expect(read(type4(undefined, application))).toEqual({ fault: TagFault.cut });
  });
});
