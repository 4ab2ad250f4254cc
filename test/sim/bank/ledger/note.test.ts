import { describe, expect, it } from 'vitest';
import { opensslCrypto as crypto } from '../../../../hal/crypto/openssl.js';
import {
  checkpointText,
  cosign,
  cosignedAt,
  openCheckpoint,
  parseCheckpoint,
} from '../../../../sim/bank/ledger/checkpoint.js';
import {
  isSignedBy,
  parseNote,
  parseVerifierKey,
  printNote,
  printVerifierKey,
  SignatureType,
  signNote,
  verifierKey,
} from '../../../../sim/bank/ledger/note.js';
import { believe, parsePolicy, printPolicy } from '../../../../sim/bank/ledger/policy.js';
import { policyOf } from '../../../../sim/bank/ledger/publisher.js';

/** The example of C2SP signed-note v1.0.0. */
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

const keyOf = (seed: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(seed));
const head = { size: 7, root: new Uint8Array(32).fill(9) };
const logKey = verifierKey(crypto, 'a.example/log', SignatureType.ed25519, keyOf(1).subarray(32));
const checkpoint = (): string =>
  printNote(signNote(crypto, 'a.example/log', keyOf(1), checkpointText('a.example/log', head)));

describe('signed notes', () => {
  it('verify as the example of the specification does', () => {
    const key = parseVerifierKey(crypto, VKEY)!;
    expect(printVerifierKey(key)).toBe(VKEY);
    const note = parseNote(NOTE)!;
    expect(printNote(note)).toBe(NOTE);
    expect(isSignedBy(crypto, note, key)).toBe(true);
    expect(isSignedBy(crypto, parseNote(NOTE.replace('message', 'massage'))!, key)).toBe(false);
  });

  it('ignore keys that nobody knows, and believe none when a known one does not hold', () => {
    const key = parseVerifierKey(crypto, VKEY)!;
    const [line] = NOTE.split('\n').slice(-2);
    const stranger = line.replace('/foo U', '/foo V');
    expect(isSignedBy(crypto, parseNote(`${NOTE}${stranger}\n`)!, key)).toBe(true);
    expect(isSignedBy(crypto, parseNote(NOTE.replace(line, stranger))!, key)).toBe(false);
    const broken = line.replace('yaQM=', 'yaQI=');
    expect(isSignedBy(crypto, parseNote(`${NOTE}${broken}\n`)!, key)).toBe(false);
  });

  it.each([
    ['no empty line', NOTE.replace('\n\n', '\n')],
    ['no signature', NOTE.slice(0, NOTE.indexOf('—'))],
    ['no newline at the end', NOTE.trimEnd()],
    ['a control character', NOTE.replace('an', 'a\u0000n')],
    ['a carriage return', NOTE.replaceAll('\n', '\r\n')],
    ['base 64 that nobody writes', NOTE.replace('aQM=', 'aQN=')],
    ['a plus in a name', NOTE.replace('com/foo', 'com+foo')],
    ['a hyphen for a dash', NOTE.replace('—', '-')],
  ])('are none with %s', (_, text) => {
    expect(parseNote(text)).toBeUndefined();
  });

  it('have keys that say the same in three ways, or are none', () => {
    for (const wrong of [VKEY.replace('530d', '530e'), VKEY.replace('+Aek', '+Cek'), `${VKEY}A`, 'x', ''])
      expect(parseVerifierKey(crypto, wrong)).toBeUndefined();
    expect(() => verifierKey(crypto, 'a b', SignatureType.ed25519, keyOf(1).subarray(32))).toThrow(
      RangeError,
    );
  });
});

describe('checkpoints', () => {
  it('are opened by the key of their own origin alone', () => {
    expect(openCheckpoint(crypto, checkpoint(), logKey)).toMatchObject({ origin: 'a.example/log', ...head });
    const other = verifierKey(crypto, 'b.example/log', SignatureType.ed25519, keyOf(1).subarray(32));
    expect(openCheckpoint(crypto, checkpoint(), other)).toBeUndefined();
    const borrowed = signNote(crypto, 'a.example/log', keyOf(1), checkpointText('b.example/log', head));
    expect(openCheckpoint(crypto, printNote(borrowed), logKey)).toBeUndefined();
  });

  it.each([
    ['a size with a zero in front', (text: string) => text.replace('\n7\n', '\n07\n')],
    ['a size beyond what numbers count', (text: string) => text.replace('\n7\n', '\n9007199254740993\n')],
    ['a hash that is too short', (text: string) => text.replace(/\n.{44}\n/, '\nAAAA\n')],
    ['an extension line', (text: string) => text.replace('\n\n', '\nmore\n\n')],
    ['no origin', (text: string) => text.replace('a.example/log\n', '\n')],
  ])('are none with %s', (_, change) => {
    expect(parseCheckpoint(checkpoint())).toBeDefined();
    expect(parseCheckpoint(change(checkpoint()))).toBeUndefined();
  });
});

describe('a policy', () => {
  const names = ['central-bank', 'operator-2', 'operator-3', 'operator-4'];
  const cosigners = names.map((name, i) => ({
    name,
    key: verifierKey(crypto, `w.example/${name}`, SignatureType.cosignature, keyOf(10 + i).subarray(32)),
    ask: async () => ({ status: 500, body: '' }),
  }));
  const policy = policyOf(logKey, cosigners);
  const { text, signatures } = parseNote(checkpoint())!;
  const by = (...who: number[]): string =>
    printNote({
      text,
      signatures: [
        ...signatures,
        ...who.map((i) => cosign(crypto, `w.example/${names[i]}`, keyOf(10 + i), text, 1_800_000_000 + i)),
      ],
    });

  it('is read back as it was written', () => {
    expect(parsePolicy(crypto, printPolicy(policy))).toEqual(policy);
  });

  it('wants the central bank and two of three other operators', () => {
    const held = believe(crypto, policy, by(0, 1, 3));
    expect(held).toMatchObject({
      cosigned: [
        { name: 'central-bank', at_s: 1_800_000_000 },
        { name: 'operator-2', at_s: 1_800_000_001 },
        { name: 'operator-4', at_s: 1_800_000_003 },
      ],
    });
    for (const few of [by(), by(0), by(0, 1), by(1, 2, 3), by(0, 1, 1)])
      expect(believe(crypto, policy, few)).toBe('quorum');
    expect(believe(crypto, policy, by(0, 1, 2).replace('\n7\n', '\n8\n'))).toBe('log');
  });

  it('takes a cosignature for what it is: over that time and that checkpoint', () => {
    const own = cosign(crypto, 'w.example/central-bank', keyOf(10), text, 5);
    const moved = { ...own, bytes: own.bytes.with(7, 6) };
    expect(cosignedAt(crypto, { text, signatures: [own] }, cosigners[0].key)).toBe(5);
    expect(cosignedAt(crypto, { text, signatures: [moved] }, cosigners[0].key)).toBeUndefined();
  });

  it.each([
    ['no quorum', (lines: string[]) => lines.filter((line) => !line.startsWith('quorum'))],
    ['two quorums', (lines: string[]) => [...lines, 'quorum none']],
    [
      'a quorum that is not defined',
      (lines: string[]) => lines.map((line) => line.replace('quorum both', 'quorum all')),
    ],
    ['a key twice', (lines: string[]) => [lines[1].replace('central-bank', 'again'), ...lines]],
    ['a member of two groups', (lines: string[]) => [...lines, 'group more any operator-2']],
    ['a group before its members', (lines: string[]) => [...lines].reverse()],
    [
      'a threshold above its members',
      (lines: string[]) => lines.map((line) => line.replace('operators 2', 'operators 4')),
    ],
    ['a log key for a witness', (lines: string[]) => [...lines, lines[0].replace('log', 'witness w')]],
    ['words that mean nothing', (lines: string[]) => ['logs of mine', ...lines]],
  ])('is none with %s', (_, change) => {
    const lines = printPolicy(policy).trimEnd().split('\n');
    expect(() => parsePolicy(crypto, change(lines).join('\n'))).toThrow();
  });
});
