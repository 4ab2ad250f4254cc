import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { type Geometry, geometryOf, ImageFlash } from '../../sim/inspect/image.js';
import { type Inspection, inspect } from '../../sim/inspect/inspect.js';
import { moneyFormat } from '../../sim/words.js';
import { paperCrypto } from '../../tools/bench/store/bank.js';
import { Lab } from '../../tools/bench/store/lab.js';
import { tapnote, temporary } from './run-cli.js';

const SECTORS = 64;

/** A wallet with a history: notes held, payments both ways before and after a sync. */
function lived(unit = 4): Lab {
  const lab = new Lab({ seed: 5, unit, sectors: SECTORS });
  lab.hold(5, 60);
  for (let i = 0; i < 90; i++) expect(i % 2 === 0 ? lab.receive() : lab.pay()).toBeUndefined();
  lab.sync();
  for (let i = 0; i < 45; i++) expect(i % 3 === 0 ? lab.pay() : lab.receive()).toBeUndefined();
  return lab;
}

const look = (image: Uint8Array, geometry: Geometry = geometryOf(image), showsSecrets = false): Inspection =>
  inspect(image, { crypto: paperCrypto, geometry, showsSecrets, money: moneyFormat });

describe('what is in an image', () => {
  it.each([4, 16])('counts the money both ways, and finds nothing wrong (unit %i)', (unit) => {
    const lab = lived(unit);
    const image = lab.nor.exportImage();
    const before = image.slice();
    const found = look(image);
    const { ledger } = lab.wallet;
    expect(found.faults).toEqual([]);
    expect(found).toMatchObject({ verdict: 'ok', unit, sectorCount: SECTORS, currency: 'CNY' });
    expect(found.money).toMatchObject({
      agrees: true,
      ledger: { held: ledger.held, received: ledger.lots.total, sequence: ledger.sequence },
      journal: { received: ledger.lots.total, spent: 15 * 250, chained: true, last: ledger.sequence },
    });
    expect(found.boot?.sequence).toBe(ledger.sequence);
    expect(found.signatures).toMatchObject({ bad: 0 });
    expect(image).toEqual(before);
  });

  it('maps the sectors as the flash knows them', () => {
    const lab = lived();
    const { sectors } = look(lab.nor.exportImage());
    const erased = sectors.filter(({ eraseCount }) => eraseCount !== undefined);
    expect(erased.length).toBeGreaterThan(4);
    // A sector whose own count is lost, or that never had one, goes on from the highest: the header never
    // says too little.
    for (const { sector, eraseCount } of erased) {
      expect(eraseCount).toBeGreaterThanOrEqual(lab.nor.eraseCounts[sector]);
    }
    expect(sectors.filter(({ state }) => state === 'ready').length).toBeGreaterThanOrEqual(2);
    expect(sectors.some(({ state, log }) => state === 'live' && log === 'journal')).toBe(true);
  });

  it('keeps secrets to itself unless asked', () => {
    const image = lived().nor.exportImage();
    const of = (found: Inspection) =>
      found.records.filter(({ subject }) => subject.startsWith('identity')).map(({ detail }) => detail);
    expect(new Set(of(look(image)))).toEqual(new Set(['(secret, 35 bytes)']));
    for (const detail of of(look(image, geometryOf(image), true)))
      expect(detail).toMatch(/^SECRET [0-9a-f]{70}$/);
  });
});

describe('what is wrong with an image', () => {
  it('says what a record held that has rotted', () => {
    const lab = lived();
    const image = lab.nor.exportImage();
    const note = look(image).records.find(({ subject, state }) => subject === 'note 2' && state === 'live');
    if (note === undefined) throw new Error('no note 2');
    image[note.address + 40] ^= 8;
    const { faults, money } = look(image);
    expect(faults.join('\n')).toMatch(/sector \d+, byte \d+: the check of a record fails: it held note 2/);
    expect(money?.agrees).toBe(false);
  });

  it('says where a bit of a header has turned, and counts what it holds', () => {
    const image = lived().nor.exportImage();
    const note = look(image).records.find(({ subject, state }) => subject === 'note 2' && state === 'live');
    if (note === undefined) throw new Error('no note 2');
    for (let bit = 0; bit < 96; bit++) {
      const flipped = image.slice();
      flipped[note.address + (bit >> 3)] ^= 1 << (bit & 7);
      const { faults, money, verdict } = look(flipped);
      expect(faults, `bit ${bit}`).toEqual([
        expect.stringMatching(/a bit in the header of a record has turned, .*: it holds note 2$/),
      ]);
      expect({ verdict, agrees: money?.agrees }).toEqual({ verdict: 'ok', agrees: true });
    }
  });

  it('reads what is kept twice from its second copy', () => {
    const image = lived().nor.exportImage();
    const identity = look(image).records.find(
      ({ subject, state }) => subject === 'identity' && state === 'live',
    );
    if (identity === undefined) throw new Error('no identity');
    image[identity.address + 20] ^= 1;
    const { faults, verdict, currency } = look(image);
    expect({ verdict, currency }).toEqual({ verdict: 'ok', currency: 'CNY' });
    expect(faults).toHaveLength(1);
  });

  it('never throws, wherever a bit flips, and still finds the device', () => {
    const image = lived().nor.exportImage();
    const used = new ImageFlash(image, geometryOf(image)).bytes.findLastIndex((byte) => byte !== 0xff);
    const random = new SimEntropy(7, 'flips');
    for (let i = 0; i < 60; i++) {
      const flipped = image.slice();
      flipped[random.uint32() % used] ^= 1 << (random.uint32() % 8);
      expect(look(flipped).device).toBeDefined();
    }
  });

  it('never throws, wherever a few bytes are spoilt', () => {
    const image = lived().nor.exportImage();
    const used = new ImageFlash(image, geometryOf(image)).bytes.findLastIndex((byte) => byte !== 0xff);
    const random = new SimEntropy(8, 'spoilt');
    for (let i = 0; i < 400; i++) {
      const spoilt = image.slice();
      for (let n = random.uint32() % 6; n >= 0; n--) spoilt[random.uint32() % used] &= random.uint32();
      expect(() => look(spoilt)).not.toThrow();
    }
  });

  it('says so of garbage, all ones, another version, another geometry, a torn end', () => {
    const image = lived().nor.exportImage();
    const garbage = new Uint8Array(image.length);
    new SimEntropy(9, 'garbage').fill(garbage);
    const later = image.slice();
    for (let sector = 0; sector < SECTORS; sector++) {
      const prepared = later.subarray(sector * 4096, sector * 4096 + 16);
      if (prepared[0] !== 0xff) prepared[4] = 9;
      if (prepared[0] !== 0xff)
        new DataView(prepared.buffer).setUint32(sector * 4096 + 12, crc32(prepared, 0, 12, 0), true);
    }
    const faultsOf = (bytes: Uint8Array, geometry?: Geometry) => look(bytes, geometry).faults.join('\n');
    expect(faultsOf(garbage)).toMatch(/damaged: not one sector is of this firmware/);
    expect(faultsOf(new Uint8Array(image.length).fill(0xff))).toMatch(/^blank: there is no wallet/);
    expect(faultsOf(later)).toMatch(/^format version 9/);
    expect(faultsOf(image, { unit: 16, sectorBytes: 4096 })).toMatch(/program unit 4, sectors of 4096 bytes/);
    expect(faultsOf(image.subarray(0, image.length - 100))).toMatch(/in the middle of a sector: 3996 bytes/);
    expect(faultsOf(new Uint8Array(10))).toMatch(/smaller than a sector/);
  });
});

describe('tapnote inspect', () => {
  it('tells what the simulator has exported, and leaves the file alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapnote-flash-'));
    const run = await tapnote(['sim', 'sim/scenarios/torn-touch.json', '--quiet', '--flash', folder]);
    expect(run.status).toBe(0);
    const file = join(folder, 'mei.bin');
    const before = readFileSync(file);
    const [plain, verbose, json, secret] = await Promise.all([
      tapnote(['inspect', file]),
      tapnote(['inspect', file, '--verbose']),
      tapnote(['inspect', file, '--json']),
      tapnote(['inspect', file, '--json', '--secrets']),
    ]);
    expect({ status: plain.status, err: plain.err }).toEqual({ status: 0, err: '' });
    for (const pattern of [
      /identity +\(secret, 35 bytes\)/,
      /paid 10\.00 to [0-9a-f]{16}/,
      /hash chain +whole/,
    ]) {
      expect(plain.out).toMatch(pattern);
    }
    expect(plain.out.trimEnd().endsWith('Nothing is wrong with it.')).toBe(true);
    expect(verbose.out.split('\n').length).toBeGreaterThan(plain.out.split('\n').length + SECTORS);
    const inspection = JSON.parse(json.out) as Inspection;
    expect(inspection).toMatchObject({ verdict: 'ok', faults: [], money: { agrees: true } });
    expect(inspection.signatures?.good).toBeGreaterThan(10);
    const seed = /SECRET ([0-9a-f]{64})/.exec(secret.out)?.[1] ?? 'none';
    expect(seed).not.toBe('none');
    for (const { out } of [plain, verbose, json]) expect(out).not.toContain(seed.slice(0, 32));
    expect(secret.err).toMatch(/^warning: .*secret keys/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('ends with 2 for a wrong call or a file that is no image, and says why in a line', async () => {
    const bad = temporary('bad.bin', 'this is no flash');
    const [none, missing, unit, sector, damaged] = await Promise.all([
      tapnote(['inspect']),
      tapnote(['inspect', 'no-such.bin']),
      tapnote(['inspect', bad, '--unit', '5']),
      tapnote(['inspect', bad, '--sector-bytes', '1000']),
      tapnote(['inspect', bad]),
    ]);
    expect([none, missing, unit, sector, damaged].map(({ status }) => status)).toEqual([2, 2, 2, 2, 2]);
    expect(none.err).toMatch(/^error: missing required argument 'FLASH'/);
    expect(missing.err).toBe('error: no-such.bin: there is no such file or folder [file-missing]\n');
    expect(unit.err).toContain('Expected 4 or 16');
    expect(sector.err).toContain('Expected a power of two from 256 on');
    expect(damaged.out).toBe('');
    expect(damaged.err).toMatch(/^error: .*bad\.bin: it is no image of a wallet's flash: .* \[no-image\]\n$/);
  });
});
