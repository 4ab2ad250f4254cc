/**
 * What a device's engine runs: draws each text of its input, and prints the modules, two hex digits a byte.
 */
import { nativeQr } from '../../hal/qr-native.js';
import { input, print } from '../xs/engine.js';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

for (const text of input() as string[])
  print(Array.from(nativeQr(ascii(text)), (byte) => HEX[byte]).join(''));
