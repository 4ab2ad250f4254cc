import type { Clock } from '../../hal/clock.js';
import type { Crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import type { FrontEnd } from '../../hal/diagnosis/front-end.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Flash } from '../../hal/flash.js';
import { getU32, sameBytes } from '../bytes.js';
import { SelfTestCode, Verdict } from '../console/codes.js';
import { passesProportion, passesRepetition, WINDOW_BYTES } from './noise-tests.js';

/** What can be tested without a wallet. */
export interface Bench {
  readonly crypto: Crypto;
  readonly crc32: Crc32;
  readonly entropy: Entropy;
  readonly clock: Clock;
  readonly flash: Flash;
  readonly frontEnd: FrontEnd | undefined;
}

type Done = (verdict: Verdict, detail: number) => void;

const DIGITS = '0123456789abcdef';

function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (DIGITS.indexOf(hex[2 * i]) << 4) | DIGITS.indexOf(hex[2 * i + 1]);
  return bytes;
}

function fromAscii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const says = (passed: boolean, done: Done, detail = 0): void =>
  done(passed ? Verdict.passed : Verdict.failed, detail);

/** FIPS 180-4, "abc". */
function sha256({ crypto }: Bench, done: Done): void {
  const want = fromHex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  says(sameBytes(crypto.sha256(fromAscii('abc')), want), done);
}

/** RFC 4231 section 4.3. */
function hmac({ crypto }: Bench, done: Done): void {
  const want = fromHex('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  const got = crypto.hmacSha256(fromAscii('Jefe'), fromAscii('what do ya want for nothing?'));
  says(sameBytes(got, want), done);
}

/** RFC 8032 section 7.1, test 2; and one bit more is no signature. */
function ed25519({ crypto }: Bench, done: Done): void {
  const key = crypto
    .ed25519KeyFromSeed(fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
    .slice();
  const message = Uint8Array.of(0x72);
  const want = fromHex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
  const signature = crypto.ed25519Sign(key, message).slice();
  const verifies = crypto.ed25519Verify(key.subarray(32), message, want);
  want[0] ^= 1;
  const isStrict = !crypto.ed25519Verify(key.subarray(32), message, want);
  want[0] ^= 1;
  says(sameBytes(signature, want) && verifies && isStrict, done);
}

/** RFC 7748 section 5.2; and a public key of small order gives nothing. */
function x25519({ crypto }: Bench, done: Done): void {
  const scalar = fromHex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
  const point = fromHex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
  const want = fromHex('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  const shared = crypto.x25519(scalar, point)?.slice();
  const isStrict = crypto.x25519(scalar, new Uint8Array(32)) === undefined;
  says(shared !== undefined && sameBytes(shared, want) && isStrict, done);
}

/** As the reference provider has it (RFC 8439, with the nonce of Noise); and a damaged tag opens nothing. */
function aead({ crypto }: Bench, done: Done): void {
  const key = new Uint8Array(32);
  for (let i = 0; i < key.length; i++) key[i] = 0x80 + i;
  const associated = Uint8Array.of(0x50, 0x51, 0x52, 0x53);
  const text = fromAscii('tapnote');
  const want = fromHex('b4a839ccb4a4203e988255a19e5574e06a93e71e2b6edc');
  const sealed = crypto.seal(key, 0x01020304, associated, text).slice();
  const matches = sameBytes(sealed, want);
  const opened = crypto.open(key, 0x01020304, associated, want)?.slice();
  want[want.length - 1] ^= 0x80;
  const isStrict = crypto.open(key, 0x01020304, associated, want) === undefined;
  says(matches && opened !== undefined && sameBytes(opened, text) && isStrict, done);
}

/** The check value of the CRC catalogues, "123456789". */
function checksum({ crc32 }: Bench, done: Done): void {
  says(crc32(fromAscii('123456789'), 0, 9, 0) === 0xcbf43926, done);
}

const READ_BYTES = 512;

/**
 * Each sector twice: what reads so, now so, is worn or badly supplied. Nothing is written, and nothing of it
 * is told.
 */
function flashReads({ flash, crc32 }: Bench, done: Done): void {
  const buffer = new Uint8Array(READ_BYTES);
  const crcOf = (sector: number): number => {
    let crc = 0;
    for (let at = 0; at < flash.sectorBytes; at += READ_BYTES) {
      flash.read(sector * flash.sectorBytes + at, buffer);
      crc = crc32(buffer, 0, READ_BYTES, crc);
    }
    return crc;
  };
  let differ = 0;
  for (let sector = 0; sector < flash.sectorCount; sector++) {
    const first = crcOf(sector);
    if (crcOf(sector) !== first) differ++;
  }
  says(differ === 0, done, differ);
}

const DRAW_BYTES = 32;
/** Two windows of the proportion test. On a board these take some 70 ms. */
const SAMPLE_BYTES = 2 * WINDOW_BYTES;
/**
 * Ones among 8,192 fair bits: 4,096, with a standard deviation of 45.3. Eight of them is out of the question.
 */
const ONES_MIN = 3_734;
const ONES_MAX = 4_458;

/**
 * What is wrong with the source, a bit each: it throws, repeats a draw, is lopsided, fails the tests of SP
 * 800-90B.
 */
function entropyDraws({ entropy }: Bench, done: Done): void {
  const first = new Uint8Array(DRAW_BYTES);
  const second = new Uint8Array(DRAW_BYTES);
  const noise = new Uint8Array(SAMPLE_BYTES);
  try {
    entropy.fill(first);
    entropy.fill(second);
    // What is conditioned looks random whatever went in.
    if (entropy.sample) entropy.sample(noise);
    else entropy.fill(noise);
  } catch {
    return done(Verdict.failed, 0x01);
  }
  let ones = 0;
  for (let i = 0; i < noise.length; i++) for (let bits = noise[i]; bits > 0; bits >>= 1) ones += bits & 1;
  const isLopsided = ones < ONES_MIN || ones > ONES_MAX;
  const failed =
    (sameBytes(first, second) ? 0x02 : 0) |
    (isLopsided ? 0x04 : 0) |
    (passesRepetition(noise) ? 0 : 0x08) |
    (passesProportion(noise) ? 0 : 0x10);
  first.fill(0);
  second.fill(0);
  noise.fill(0);
  says(failed === 0, done, failed);
}

const ALARM_MS = 50;
/** An engine that was busy answers late, never early. */
const LATE_MS_MAX = 500;

function clockRuns({ clock }: Bench, done: Done): void {
  const began_ms = clock.ticks_ms();
  clock.schedule(ALARM_MS, () => {
    const passed_ms = (clock.ticks_ms() - began_ms) & 0x7fffffff;
    says(passed_ms >= ALARM_MS - 1 && passed_ms <= ALARM_MS + LATE_MS_MAX, done, passed_ms);
  });
}

/** Runs `work` on a chip that has been started; the chip goes back to its role when it is done. */
function withChip(
  { frontEnd }: Bench,
  done: Done,
  work: (frontEnd: FrontEnd, version: Uint8Array, end: Done) => void,
): void {
  if (!frontEnd) return done(Verdict.absent, 0);
  frontEnd.claim(() => {
    const end: Done = (verdict, detail) => {
      frontEnd.release();
      done(verdict, detail);
    };
    frontEnd.start((version) => (version ? work(frontEnd, version, end) : end(Verdict.failed, 0)));
  });
}

function chipAnswers(bench: Bench, done: Done): void {
  withChip(bench, done, (_, version, end) => end(Verdict.passed, getU32(version, 0)));
}

function chipTestsItself(bench: Bench, done: Done): void {
  withChip(bench, done, (frontEnd, _, end) => frontEnd.selfTest((failed) => says(failed === 0, end, failed)));
}

const TESTS: readonly { readonly code: number; readonly run: (bench: Bench, done: Done) => void }[] = [
  { code: SelfTestCode.sha256, run: sha256 },
  { code: SelfTestCode.hmac, run: hmac },
  { code: SelfTestCode.ed25519, run: ed25519 },
  { code: SelfTestCode.x25519, run: x25519 },
  { code: SelfTestCode.aead, run: aead },
  { code: SelfTestCode.crc32, run: checksum },
  { code: SelfTestCode.flash, run: flashReads },
  { code: SelfTestCode.entropy, run: entropyDraws },
  { code: SelfTestCode.clock, run: clockRuns },
  { code: SelfTestCode.frontEnd, run: chipAnswers },
  { code: SelfTestCode.frontEndSelf, run: chipTestsItself },
];

/** Runs the test of that index; false when there is none. */
export function selfTest(
  bench: Bench,
  index: number,
  done: (code: number, verdict: Verdict, detail: number) => void,
): boolean {
  const test = TESTS[index];
  if (!test) return false;
  test.run(bench, (verdict, detail) => done(test.code, verdict, detail));
  return true;
}
