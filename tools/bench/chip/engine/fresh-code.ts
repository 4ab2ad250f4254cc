/**
 * Runs in XS on the chip: a device makes a fresh code of its account and draws it, as when its owner presses
 * the button. Prints JSON.
 */
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import { nativeQr } from '../../../../hal/qr-native.js';
import { collectGarbage, input, instructions, print } from '../../../xs/engine.js';
import type { FlashImage } from '../flash-image.js';
import { openWallet, Pool } from './device.js';
import { fromHex } from './hex.js';
import { MeteredFlash } from './metered-flash.js';

export interface FreshCodeInput {
  readonly device: FlashImage;
  /** Of its account, in hexadecimal. */
  readonly certificate: string;
}

/** Instructions. */
export interface FreshCodeOutput {
  /** Its number written to flash, signed, as text. */
  readonly made: number;
  /** Its modules. */
  readonly drawn: number;
}

const { device, certificate } = input() as FreshCodeInput;
const { codes } = openWallet(new Pool('card'), new MeteredFlash(device), curve25519Crypto);
if (!codes.take(fromHex(certificate))) throw new Error('the device takes no such certificate');
codes.make();
collectGarbage();
const before = instructions();
const text = codes.make().code?.textBytes;
if (text === undefined) throw new Error('the device makes no code');
const made = instructions();
nativeQr(text);
const drawn = instructions();
print(JSON.stringify({ made: made - before, drawn: drawn - made } satisfies FreshCodeOutput));
