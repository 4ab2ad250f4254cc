import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsqr from 'jsqr';
import decodeQR from 'qr/decode.js';
import { AccountCertificate } from '../../firmware/account/account-certificate.js';
import { AccountCode } from '../../firmware/account/account-code.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import { type Picture, pngOf } from '../cli/pos/qr-picture.js';
import { type Pixels, readCodes } from '../cli/pos/qr-reader.js';
import { GENERATORS } from './generators.js';

/** Pictures in one call of zbarimg. */
const BATCH = 100;
/** It looks for nothing but QR codes, and tells nobody else what it has found. */
const ZBAR = ['--quiet', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable'];

/** A generator of bytes: SHA-256 of a seed and a counter. One seed is one sequence. */
function bytesOf(seed: number): (count: number) => Uint8Array {
  let block = 0;
  return (count) => {
    const start = Uint8Array.from(`${seed}/${block++}`, (character) => character.charCodeAt(0));
    return crypto.hkdfSha256(new Uint8Array(32), start, new Uint8Array(0), count);
  };
}

const u32 = (bytes: Uint8Array): number => Buffer.from(bytes).readUInt32BE(0);

/** The texts of random codes, every second one with an amount; signed, and random in every field. */
export function randomCodes(seed: number, count: number): string[] {
  const bytes = bytesOf(seed);
  const [platform, user] = [1, 2].map(() => crypto.ed25519KeyFromSeed(bytes(32)));
  return Array.from({ length: count }, (_, i) => {
    const certificate = AccountCertificate.build(crypto, platform, {
      pseudonym: bytes(8),
      publicKey: user.subarray(32),
      notBefore_s: u32(bytes(4)),
      notAfter_s: u32(bytes(4)),
      quota: u32(bytes(4)) >>> 1,
      tier: u32(bytes(4)) % 24,
      scene: u32(bytes(4)) >>> 16,
      serial: u32(bytes(4)),
    });
    return AccountCode.build(crypto, user, certificate, {
      created_s: u32(bytes(4)),
      validity_s: 1 + (u32(bytes(4)) % 255),
      counter: u32(bytes(4)),
      amount: i % 2 === 0 ? undefined : 1 + (u32(bytes(4)) >>> 2),
    }).text;
  });
}

/** What a canvas would give of a picture in gray. */
export function pixelsOf({ width, height, data: gray }: Picture): Pixels {
  const data = new Uint8ClampedArray(4 * gray.length);
  for (let i = 0; i < gray.length; i++) data.fill(gray[i], 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  return { width, height, data };
}

/** A program that reads pictures: of each the text, or undefined. */
type Reader = (pictures: readonly Picture[]) => Promise<(string | undefined)[]>;

const ofEach =
  (read: (pixels: Pixels) => string | undefined | Promise<string | undefined>): Reader =>
  async (pictures) => {
    const texts: (string | undefined)[] = [];
    for (const picture of pictures) texts.push(await read(pixelsOf(picture)));
    return texts;
  };

/** Undefined where it finds none; it throws then. */
function decoded(pixels: Pixels): string | undefined {
  try {
    return decodeQR(pixels);
  } catch {
    return undefined;
  }
}

const inFiles: Reader = async (pictures) => {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-codes-'));
  try {
    const names = pictures.map((picture, i) => {
      const name = `${i}.png`;
      writeFileSync(join(folder, name), pngOf(picture));
      return name;
    });
    const { stdout: said } = spawnSync('zbarimg', [...ZBAR, ...names], { cwd: folder, encoding: 'utf8' });
    const lines = said.split('\n').slice(0, -1);
    // A picture without a code has no line, and a code too many has one: then nobody knows whose it is.
    return pictures.map((_, i) => (lines.length === pictures.length ? lines[i] : undefined));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Every reader that codes are tried with; zbarimg is Debian's (zbar-tools), and may be missing. */
export const READERS: Readonly<Record<string, Reader>> = {
  'zxing-wasm': ofEach(async (pixels) => (await readCodes(pixels))?.at(0)),
  jsqr: ofEach(({ data, width, height }) => (jsqr.default ?? jsqr)(data, width, height)?.data),
  qr: ofEach(decoded),
  zbarimg: inFiles,
};

/** By reader, how many of `texts`, drawn by `generator`, it does not give back to the character. */
export async function wrongOf(
  generator: string,
  readers: readonly string[],
  texts: readonly string[],
  onBatch: (done: number) => void = () => {},
): Promise<Map<string, number>> {
  const wrong = new Map(readers.map((reader) => [reader, 0]));
  for (let first = 0; first < texts.length; first += BATCH) {
    const batch = texts.slice(first, first + BATCH);
    const pictures = await GENERATORS[generator](batch);
    for (const reader of readers) {
      const read = await READERS[reader](pictures);
      wrong.set(reader, wrong.get(reader)! + batch.filter((text, i) => read[i] !== text).length);
    }
    onBatch(first + batch.length);
  }
  return wrong;
}
