import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pn532 } from '../../../hal/pn532/pn532.js';
import { createPn532Module, type Pn532Module } from '../../../sim/chip/pn532-module.js';
import { ORDINARY_CARD, RawCard } from '../../../sim/chip/raw-peers.js';
import { skipWithout } from '../../support/external.js';
import { hasProgram, IMPATIENT, openReaderBench, type ReaderBench } from '../../support/libnfc.js';

const present = hasProgram('nfc-list') && hasProgram('nfc-poll');
const UID = /UID \(NFCID3\): (08(?: {2}[0-9a-f]{2}){3})/;

describe.skipIf(skipWithout(present, 'libnfc-bin'))(
  'unmodified libnfc on the modelled chip',
  IMPATIENT,
  () => {
    let bench: ReaderBench;
    beforeEach(async () => {
      bench = await openReaderBench();
    });
    afterEach(() => bench.close());

    /** A wallet on the reader, with a UID that is another at each draw. */
    function wallet(): Pn532Module {
      const { clock, field } = bench;
      const module = createPn532Module({ clock, field, name: 'wallet' });
      let draws = 0;
      const entropy = { fill: (target: Uint8Array) => void target.fill(0x10 + draws++) };
      const driver = new Pn532({ link: module.createLink(), clock: module.host, entropy, baud: 921_600 });
      driver.card.listen({
        onActivated() {},
        onCommand: (_, respond) => respond(Uint8Array.of(0x90, 0x00)),
        onDeactivated() {},
      });
      return module;
    }

    function tag(): RawCard {
      const { atqa, uid } = ORDINARY_CARD;
      const card = new RawCard(bench.field, 'tag', { atqa, uid, sak: 0x00 });
      card.enter();
      return card;
    }

    test('nfc-list lists one wallet once', async () => {
      wallet();
      const said = await bench.run('nfc-list');
      expect(said.join('\n')).toContain('1 ISO14443A passive target(s) found');
      expect(said.filter((line) => UID.test(line))).toHaveLength(1);
      expect(said.join('\n')).toContain('SAK (SEL_RES): 20');
      expect(bench.chip.warnings).toEqual([]);
    });

    test('nfc-list lists a wallet and a tag beside it, each once', async () => {
      wallet();
      tag();
      const said = await bench.run('nfc-list');
      expect(said.join('\n')).toContain('2 ISO14443A passive target(s) found');
      expect(said.filter((line) => UID.test(line))).toHaveLength(1);
      expect(said.join('\n')).toContain('04  a1  b2  c3  d4  e5  80');
    });

    test('nfc-list finds nobody on an empty reader', async () => {
      const said = await bench.run('nfc-list');
      expect(said.join('\n')).toContain('NFC device: user defined default device opened');
      expect(said.filter((line) => line.includes('found'))).toEqual([]);
    });

    test('nfc-poll finds a wallet, and sees it until it is taken away', async () => {
      const module = wallet();
      const STAYS_MS = 7_000;
      let found_ms = 0;
      let removed_ms = 0;
      const said = await bench.run('nfc-poll', [], (line) => {
        if (UID.test(line)) {
          found_ms = performance.now();
          setTimeout(() => module.chip.leaveField(), STAYS_MS);
        }
        if (line.includes('removed')) removed_ms ||= performance.now();
      });
      expect(said.filter((line) => UID.test(line))).toHaveLength(1);
      expect(said.join('\n')).toMatch(/removed|done/);
      expect((removed_ms || performance.now()) - found_ms).toBeGreaterThanOrEqual(STAYS_MS - 100);
    });

    test('nfc-poll finds a tag that has no ISO 14443-4', async () => {
      const card = tag();
      const said = await bench.run('nfc-poll', [], (line) => {
        if (line.includes('UID')) setTimeout(() => card.leave(), 500);
      });
      expect(said.join('\n')).toContain('04  a1  b2  c3  d4  e5  80');
    });
  },
);
