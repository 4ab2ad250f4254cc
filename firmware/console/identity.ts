import type { Opened } from '../app/open-wallet.js';
import { FIRMWARE_VERSION } from '../app/version.js';
import { concat } from '../bytes.js';
import { FORMAT_VERSION } from '../store/format.js';

/** What a device is, apart from its wallet. Texts are ASCII, up to 60 characters. */
export interface Hardware {
  readonly board: string;
  /** As ESP-IDF calls it. */
  readonly chip: string;
  readonly link: string;
  /** 8 bytes, made by the maker of the chip, padded with zeros. */
  readonly chipId: Uint8Array;
}

/** Lifecycle of a device whose flash holds no wallet that may be touched. */
export const NO_WALLET = 0xff;

const HAS_KEYS = 0x01;
const HAS_PIN = 0x02;
/** Said rather than that it holds money: a firmware that does not know this bit may hold some. */
const IS_EMPTY = 0x04;
/** The last draw from the random source failed. */
const NO_ENTROPY = 0x08;
const KEY_BYTES = 32;
const ID_BYTES = 8;
const FIXED_BYTES = 4 + 2 * ID_BYTES + KEY_BYTES;
const TEXT_BYTES_MAX = 60;

/**
 * store format (1), lifecycle (1), flags (1), format of a store that is another firmware's (1, else 0), chip
 * id (8), device id (8), Ed25519 public key (32), then board, chip, link and firmware version, each a length
 * (1) and ASCII. What is not there yet is zeros.
 */
export function describe(
  hardware: Hardware,
  { wallet, otherFormat }: Opened,
  isEntropyFailing: boolean,
): Uint8Array {
  const fixed = new Uint8Array(FIXED_BYTES);
  fixed[0] = FORMAT_VERSION;
  fixed[1] = wallet?.lifecycle ?? NO_WALLET;
  fixed[3] = otherFormat;
  fixed.set(hardware.chipId.subarray(0, ID_BYTES), 4);
  if (wallet?.pin.set) fixed[2] |= HAS_PIN;
  if (wallet?.hasKeys) {
    fixed[2] |= HAS_KEYS | (wallet.holdsMoney ? 0 : IS_EMPTY);
    fixed.set(wallet.publicKey, 4 + 2 * ID_BYTES);
  }
  if (isEntropyFailing) fixed[2] |= NO_ENTROPY;
  if (wallet && wallet.lifecycle !== 0) fixed.set(wallet.certificate.id, 4 + ID_BYTES);
  const { board, chip, link } = hardware;
  return concat(fixed, text(board), text(chip), text(link), text(FIRMWARE_VERSION));
}

function text(value: string): Uint8Array {
  const length = Math.min(value.length, TEXT_BYTES_MAX);
  const bytes = new Uint8Array(1 + length);
  bytes[0] = length;
  for (let i = 0; i < length; i++) bytes[1 + i] = value.charCodeAt(i) & 0x7f;
  return bytes;
}

export interface Identity {
  readonly formatVersion: number;
  /** A number of `Lifecycle`, or NO_WALLET. */
  readonly lifecycle: number;
  readonly hasKeys: boolean;
  readonly hasPin: boolean;
  /** Money, or payments that its bank has not seen; true as well where the firmware does not say. */
  readonly holdsMoney: boolean;
  /** Of the store on its flash, when another firmware has written that; else 0. */
  readonly otherFormat: number;
  /** The random source gives nothing: the device makes no keys and answers no reader. */
  readonly isEntropyFailing: boolean;
  readonly chipId: Uint8Array;
  /** Undefined without a certificate. */
  readonly deviceId: Uint8Array | undefined;
  /** Undefined without keys. */
  readonly publicKey: Uint8Array | undefined;
  readonly board: string;
  readonly chip: string;
  readonly link: string;
  readonly firmware: string;
}

/** The host's end of `describe`; undefined when the bytes are none. */
export function parseIdentity(bytes: Uint8Array): Identity | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const texts: string[] = [];
  let at = FIXED_BYTES;
  for (let i = 0; i < 4; i++) {
    const end = at + 1 + bytes[at];
    if (!(end <= bytes.length)) return undefined;
    texts.push(String.fromCharCode(...bytes.subarray(at + 1, end)));
    at = end;
  }
  const lifecycle = bytes[1];
  const hasKeys = (bytes[2] & HAS_KEYS) !== 0;
  const certified = lifecycle !== 0 && lifecycle !== NO_WALLET;
  const idAt = 4 + ID_BYTES;
  return {
    formatVersion: bytes[0],
    lifecycle,
    hasKeys,
    hasPin: (bytes[2] & HAS_PIN) !== 0,
    holdsMoney: certified && (bytes[2] & IS_EMPTY) === 0,
    otherFormat: bytes[3],
    isEntropyFailing: (bytes[2] & NO_ENTROPY) !== 0,
    chipId: bytes.slice(4, idAt),
    deviceId: certified ? bytes.slice(idAt, idAt + ID_BYTES) : undefined,
    publicKey: hasKeys ? bytes.slice(idAt + ID_BYTES, FIXED_BYTES) : undefined,
    board: texts[0],
    chip: texts[1],
    link: texts[2],
    firmware: texts[3],
  };
}
