import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { TagFault, tagFaultName } from '../../firmware/tag/tag-fault.js';
import { isStorageCard, storageAnswer, storageCommand } from '../../tools/cli/front-ends/pcsc-storage.js';
import { tagError } from '../../tools/cli/tag/tag-words.js';
import { roomLines, vectorLines } from '../../tools/cli/tag/vectors.js';
import { skipWithout } from '../support/external.js';
import { hasProgram } from '../support/libnfc.js';
import { moneyIn } from './money-in.js';
import { failsWith, ROOT, type Started, startTapnote, tapnote, temporary } from './run-cli.js';

let files = 0;
const fresh = (name: string): string => temporary(`tag-${files++}-${name}.bin`);

describe('tapnote tag', () => {
  it.each([
    ['ntag215', 540],
    ['ntag216', 924],
    ['type4', 275],
  ])('writes an image of kind %s, reads and checks it', async (kind, bytes) => {
    const [stall, image] = [fresh('stall'), fresh('image')];
    const args = ['1250', '--label', 'Noodles 面', '--flash', stall, '--out', image, '--kind', kind];
    const written = await tapnote(['tag', 'write', ...args]);
    expect([written.status, written.err]).toEqual([0, '']);
    expect(readFileSync(image).length).toBe(bytes);
    const read = await tapnote(['tag', 'read', image, '--json', '-']);
    expect(JSON.parse(read.out)).toMatchObject({
      amount: 1_250,
      currency: 'CNY',
      label: 'Noodles 面',
      category: 5_812,
    });
    const checked = await tapnote(['tag', 'check', image]);
    expect([checked.status, checked.err]).toEqual([0, '']);
    expect(checked.out).toContain('good: a wallet may pay this payee');
    const late = await tapnote(['tag', 'check', image, '--time', '4000000000']);
    expect([late.status, late.out, late.err]).toEqual([1, '', failsWith('tag-certificateExpired')]);
  });

  it('says with a code what is wrong: forged, cut, foreign, empty; of a label that is none; of no tag at all', async () => {
    const image = fresh('image');
    expect((await tapnote(['tag', 'write', '--out', image, '--valid', '100'])).out).toContain('any, CNY');
    const good = readFileSync(image);
    const changed = async (change: (bytes: Buffer) => Uint8Array, word = 'check') => {
      const path = fresh('changed');
      writeFileSync(path, change(Buffer.from(good)));
      return tapnote(['tag', word, path]);
    };
    const flip = (at: number) => (bytes: Buffer) => {
      bytes[at] ^= 1;
      return bytes;
    };
    const end = good.lastIndexOf(0xfe);
    expect((await changed(flip(end - 1))).err).toEqual(failsWith('tag-signature'));
    expect((await changed(flip(end - 1), 'read')).status).toBe(0);
    expect((await changed((bytes) => bytes.subarray(0, 100))).err).toEqual(failsWith('tag-cut'));
    const url = (bytes: Buffer) => {
      bytes.set([3, 9, 0xd1, 1, 5, 0x55, 4, 0x78, 0x2e, 0x63, 0x6e, 0xfe], 16);
      return bytes;
    };
    expect((await changed(url)).err).toEqual(failsWith('tag-foreign'));
    expect((await changed((bytes) => bytes.fill(0, 17, 18))).err).toEqual(failsWith('tag-empty'));
    expect((await tapnote(['tag', 'write', '--out', image, '--label', 'x'.repeat(25)])).err).toEqual(
      failsWith('tag-label'),
    );
    expect((await tapnote(['tag', 'read', '/nowhere'])).err).toEqual(failsWith('file-missing'));
    expect((await tapnote(['tag', 'read'])).status).toBe(2);
    expect((await tapnote(['tag', 'check', image, '--root', '0'.repeat(64)])).err).toEqual(
      failsWith('tag-trust'),
    );
    expect(
      (await tapnote(['tag', 'check', image, '--root', '0'.repeat(64), '--endorsement', image])).err,
    ).toEqual(failsWith('tag-root'));
  });

  it('has words for every fault', () => {
    for (const fault of Object.values(TagFault))
      expect(tagError('x', fault)).toMatchObject({ code: `tag-${tagFaultName(fault)}` });
  });

  it('makes again what docs/tag.md shows', () => {
    const document = readFileSync(join(ROOT, 'docs/tag.md'), 'utf8');
    const marked = (mark: string) =>
      document.split(`<!-- ${mark}:begin -->\n`)[1].split(`<!-- ${mark}:end -->`)[0];
    expect(marked('vectors')).toBe(vectorLines().join('\n'));
    expect(marked('tag-room')).toBe(roomLines().join('\n'));
  });

  it('puts the commands of a tag into APDUs of a PC/SC reader, and nothing else', () => {
    // PC/SC part 3, 3.1.3.2.3.2: NTAG and Ultralight, and the ATR of a card with ISO 14443-4.
    const ultralight = Buffer.from('3b8f8001804f0ca0000003060300030000000068', 'hex');
    expect(isStorageCard(Uint8Array.from(ultralight))).toBe(true);
    expect(isStorageCard(Uint8Array.from(Buffer.from('3b8180018080', 'hex')))).toBe(false);
    expect([...storageCommand(Uint8Array.of(0x30, 4))]).toEqual([0xff, 0xb0, 0, 4, 16]);
    expect([...storageCommand(Uint8Array.of(0xa2, 4, 1, 2, 3, 4))]).toEqual([
      0xff, 0xd6, 0, 4, 4, 1, 2, 3, 4,
    ]);
    expect(() => storageCommand(Uint8Array.of(0x60))).toThrow('a reader has no APDU for command 60');
    expect([...storageAnswer(Uint8Array.of(7, 0x90, 0))]).toEqual([7]);
    expect(() => storageAnswer(Uint8Array.of(0x63, 0))).toThrow('the reader answers 6300');
  });
});

describe.skipIf(skipWithout(hasProgram('stty'), 'stty and python3'))(
  'a tag at a PN532 on a serial port, and the wallet that it names',
  () => {
    const running: Started[] = [];
    afterEach(async () => {
      for (const each of running.splice(0).reverse()) await each.end('SIGTERM');
    });
    const start = async (args: string[], until: RegExp): Promise<Started> => {
      const started = await startTapnote(args, until);
      running.push(started);
      return started;
    };
    async function table(thing: string) {
      const chips = await start(['pn532', '--field', thing, '--chips', '2'], /(Ctrl-C ends it\.)/);
      const [left, right] = [...chips.said().matchAll(/^port: (.+)$/gm)].map(([, path]) => path);
      return { chips, left, right };
    }

    it.each(['ntag', 'type4'])(
      '%s: is written, read, and paid by touch; and nobody else is',
      async (thing) => {
        const { chips, left, right } = await table(thing);
        const [stall, wallet, other] = [fresh('stall'), fresh('wallet'), fresh('other')];
        const empty = await tapnote(['tag', 'read', '--port', right]);
        expect([empty.status, empty.err]).toEqual([1, failsWith('tag-empty')]);
        const written = await tapnote([
          'tag',
          'write',
          '1250',
          '--label',
          'Tea',
          '--port',
          right,
          '--flash',
          stall,
        ]);
        expect([written.status, written.err]).toEqual([0, '']);
        expect((await tapnote(['tag', 'read', '--port', right])).out).toContain('Tea');

        const pay = async (payee: string) => {
          const paying = await start(
            ['tag', 'pay', '--port', right, '--flash', wallet, '--category', '0'],
            /(the button for 12\.50 to device [0-9a-f]{16})/,
          );
          chips.type(`take ${thing}`);
          const card = await start(['card', '--port', left, '--flash', payee], /(is a card at the PN532)/);
          paying.type('press');
          // A question that has only just come takes no press yet: it is pressed until it is heard.
          const again = setInterval(() => paying.type('press'), 200);
          const status = await paying.ended;
          clearInterval(again);
          await card.end('SIGTERM');
          chips.type(`put ${thing}`);
          return { status, said: paying.said() };
        };
        const wrong = await pay(other);
        expect(wrong.status).toBe(1);
        expect(wrong.said).toMatch(/nothing was paid: .* \[refused\]/);
        const held = await moneyIn(wallet);
        expect(held).toMatchObject({ inFlight: 0 });
        const paid = await pay(stall);
        expect(`${paid.status} ${paid.said}`).toMatch(
          /^0 [\s\S]*paid device [0-9a-f]{16}: 12\.50, holds 87\.50/,
        );
        expect(await moneyIn(wallet)).toMatchObject({ held: 10_000 - 1_250, inFlight: 0 });
        expect(await moneyIn(stall)).toMatchObject({ held: 1_250, inFlight: 0 });
      },
    );

    it('that stays there while a wallet is waited for is told of once', async () => {
      const { right } = await table('ntag');
      const [stall, wallet] = [fresh('stall'), fresh('wallet')];
      const written = await tapnote(['tag', 'write', '1250', '--port', right, '--flash', stall]);
      expect(written.err).toBe('');
      const paying = await start(['tag', 'pay', '--port', right, '--flash', wallet], /(the button for)/);
      const told = (what: string): number => paying.said().split(what).length - 1;
      // It has looked again once so many presses were answered that came too late.
      for (let late = 0; late < 20; ) {
        paying.type('press');
        await setTimeout(200);
        if (told('not one of ours') > 0) late++;
      }
      expect(told('not one of ours')).toBe(1);
      await paying.end('SIGTERM');
      expect(await moneyIn(wallet)).toMatchObject({ held: 10_000, inFlight: 0 });
    });
  },
);
