/**
 * CRC_A (ISO 14443-3 annex B): x^16 + x^12 + x^5 + 1, started with 6363, least significant byte first on the
 * air.
 */
const TABLE = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  TABLE[byte] = crc;
}

export const CRC_BYTES = 2;

function crcA(bytes: Uint8Array, count: number): number {
  let crc = 0x6363;
  for (let at = 0; at < count; at++) crc = (crc >> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

export function appendCrcA(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + CRC_BYTES);
  framed.set(bytes);
  const crc = crcA(bytes, bytes.length);
  framed[bytes.length] = crc & 0xff;
  framed[bytes.length + 1] = crc >> 8;
  return framed;
}

export function hasCrcA(framed: Uint8Array): boolean {
  const count = framed.length - CRC_BYTES;
  if (count < 1) return false;
  const crc = crcA(framed, count);
  return framed[count] === (crc & 0xff) && framed[count + 1] === crc >> 8;
}
