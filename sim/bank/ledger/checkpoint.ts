/** Checkpoints of a log (C2SP tlog-checkpoint), and what a witness signs of them (C2SP tlog-cosignature). */
import { concat, getU32, putU32 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { utf8 } from '../bytes.js';
import { base64, fromBase64 } from './base64.js';
import { HASH_BYTES, type TreeHead } from './merkle.js';
import {
  isSignedBy,
  type Note,
  type NoteSignature,
  parseNote,
  SignatureType,
  signaturesBy,
  type VerifierKey,
  verifierKey,
} from './note.js';

export interface Checkpoint extends TreeHead {
  /** Names the log. */
  readonly origin: string;
  readonly note: Note;
}

const HIGH = 2 ** 32;
const TIME_BYTES = 8;
const COSIGNATURE_BYTES = TIME_BYTES + 64;

export const checkpointText = (origin: string, { size, root }: TreeHead): string =>
  `${origin}\n${size}\n${base64(root)}\n`;

/** Undefined for what is no checkpoint, and for one that says more than that. Nothing is verified. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const note = parseNote(text);
  const [origin, digits, hash, ...more] = note?.text.split('\n') ?? [];
  if (!note || more.length !== 1 || origin === '') return undefined;
  const [size, root] = [parseSize(digits), fromBase64(hash ?? '')];
  if (size === undefined || root?.length !== HASH_BYTES) return undefined;
  return { origin, size, root, note };
}

/** A size as checkpoints write it; undefined beyond what a number counts exactly. */
export function parseSize(digits: string | undefined): number | undefined {
  if (digits === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(digits)) return undefined;
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}

/** Undefined unless it is a checkpoint that this key has signed for its own origin. */
export function openCheckpoint(
  crypto: Pick<Crypto, 'ed25519Verify'>,
  text: string,
  log: VerifierKey,
): Checkpoint | undefined {
  const checkpoint = parseCheckpoint(text);
  const isOwn = checkpoint?.origin === log.name && isSignedBy(crypto, checkpoint.note, log);
  return isOwn ? checkpoint : undefined;
}

const cosigned = (text: string, time_s: number): Uint8Array =>
  utf8(`cosignature/v1\ntime ${time_s}\n${text}`);

/** "Of this log I have seen no other history, and none that is longer." `key`: 64 bytes. */
export function cosign(
  crypto: Pick<Crypto, 'sha256' | 'ed25519Sign'>,
  name: string,
  key: Uint8Array,
  text: string,
  time_s: number,
): NoteSignature {
  const { id } = verifierKey(crypto, name, SignatureType.cosignature, key.subarray(32));
  const time = new Uint8Array(TIME_BYTES);
  putU32(time, 0, Math.floor(time_s / HIGH));
  putU32(time, 4, time_s % HIGH);
  return { name, id, bytes: concat(time, crypto.ed25519Sign(key, cosigned(text, time_s))) };
}

/** When this witness has cosigned the checkpoint, Unix seconds; undefined when it has not. */
export function cosignedAt(
  crypto: Pick<Crypto, 'ed25519Verify'>,
  note: Note,
  witness: VerifierKey,
): number | undefined {
  const [signature, ...more] = signaturesBy(note, witness);
  if (signature === undefined || more.length > 0 || witness.type !== SignatureType.cosignature)
    return undefined;
  const { bytes } = signature;
  if (bytes.length !== COSIGNATURE_BYTES) return undefined;
  const time_s = getU32(bytes, 0) * HIGH + getU32(bytes, 4);
  if (!Number.isSafeInteger(time_s)) return undefined;
  const isSigned = crypto.ed25519Verify(
    witness.publicKey,
    cosigned(note.text, time_s),
    bytes.subarray(TIME_BYTES),
  );
  return isSigned ? time_s : undefined;
}
