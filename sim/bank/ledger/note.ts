/** Signed notes, and the keys that verify them (C2SP signed-note). */
import { concat, getU32, putU32 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { utf8 } from '../bytes.js';
import { base64, fromBase64 } from './base64.js';

/** What a signature is of: the first byte of a key. */
export const SignatureType = {
  /** Over the text of the note. */
  ed25519: 0x01,
  /** Over a checkpoint and the time, by who has seen no other: C2SP tlog-cosignature. */
  cosignature: 0x04,
} as const;
export type SignatureType = (typeof SignatureType)[keyof typeof SignatureType];

export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Of name, type and key: it finds the signature, and proves nothing. */
  readonly id: number;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  /** What follows the id: 64 bytes, of a cosignature 72. */
  readonly bytes: Uint8Array;
}

export interface Note {
  /** With the newline at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Enough for a log, its witnesses, and signatures that nobody here knows. */
const SIGNATURES_MAX = 64;
const NOTE_CHARACTERS_MAX = 65_536;

const NAME = /^[^\s+\p{Z}]+$/u;
const SIGNATURE = /^— (\S+) (\S+)$/u;

/** Throws RangeError for a name that no note can have. */
export function verifierKey(
  crypto: Pick<Crypto, 'sha256'>,
  name: string,
  type: SignatureType,
  publicKey: Uint8Array,
): VerifierKey {
  if (!NAME.test(name)) throw new RangeError(`key name ${name}`);
  const id = getU32(crypto.sha256(concat(utf8(name), Uint8Array.of(0x0a, type), publicKey)), 0);
  return { name, type, publicKey, id };
}

/** `NAME+ID+KEY`, as policies have it. */
export const printVerifierKey = ({ name, id, type, publicKey }: VerifierKey): string =>
  `${name}+${id.toString(16).padStart(8, '0')}+${base64(concat(Uint8Array.of(type), publicKey))}`;

/** Undefined for what is no key, or one of another kind than the two here. */
export function parseVerifierKey(crypto: Pick<Crypto, 'sha256'>, text: string): VerifierKey | undefined {
  const [, name, , encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  const key = encoded === undefined ? undefined : fromBase64(encoded);
  const type = Object.values(SignatureType).find((each) => each === key?.[0]);
  if (key?.length !== 33 || type === undefined || !NAME.test(name)) return undefined;
  const parsed = verifierKey(crypto, name, type, key.subarray(1));
  return printVerifierKey(parsed) === text ? parsed : undefined;
}

/** A line of a note, with its newline. */
export function signatureLine({ name, id, bytes }: NoteSignature): string {
  const encoded = new Uint8Array(4 + bytes.length);
  putU32(encoded, 0, id);
  encoded.set(bytes, 4);
  return `— ${name} ${base64(encoded)}\n`;
}

export const printNote = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map(signatureLine).join('')}`;

/** Undefined for whatever is no note. Nothing is verified. */
export function parseNote(note: string): Note | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a note must not have
  if (note.length > NOTE_CHARACTERS_MAX || /[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note)) return undefined;
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const signatures = parseSignatures(note.slice(end + 2));
  return signatures && signatures.length > 0 ? { text: note.slice(0, end + 1), signatures } : undefined;
}

/** Lines of signatures, as a witness answers; undefined when one of them is none. */
export function parseSignatures(lines: string): NoteSignature[] | undefined {
  if (!lines.endsWith('\n')) return undefined;
  const each = lines.slice(0, -1).split('\n');
  if (each.length > SIGNATURES_MAX) return undefined;
  const signatures = each.map(parseSignature);
  return signatures.every((signature) => signature !== undefined) ? signatures : undefined;
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded] = SIGNATURE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (!bytes || bytes.length < 5 || !NAME.test(name)) return undefined;
  return { name, id: getU32(bytes, 0), bytes: bytes.subarray(4) };
}

/** `key`: 64 bytes, as `ed25519KeyFromSeed` makes it. */
export function signNote(
  crypto: Pick<Crypto, 'sha256' | 'ed25519Sign'>,
  name: string,
  key: Uint8Array,
  text: string,
): Note {
  const { id } = verifierKey(crypto, name, SignatureType.ed25519, key.subarray(32));
  return { text, signatures: [{ name, id, bytes: crypto.ed25519Sign(key, utf8(text)) }] };
}

/** The signatures in a note that name this key. */
export const signaturesBy = (note: Note, { name, id }: VerifierKey): NoteSignature[] =>
  note.signatures.filter((signature) => signature.name === name && signature.id === id);

/** Whether the key has signed the note: every signature that names it must hold. */
export function isSignedBy(crypto: Pick<Crypto, 'ed25519Verify'>, note: Note, key: VerifierKey): boolean {
  const own = signaturesBy(note, key);
  const message = utf8(note.text);
  return (
    key.type === SignatureType.ed25519 &&
    own.length > 0 &&
    own.every(({ bytes }) => crypto.ed25519Verify(key.publicKey, message, bytes))
  );
}
