import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG_MESSAGE_BYTES_MAX } from '../../../firmware/limits.js';
import { TagFault } from '../../../firmware/tag/tag-fault.js';
import { CONTAINER_AT, DATA_AT, findMessage, type Type2Found } from '../../../firmware/tag/type2.js';
import { blankMemory, memoryWith, NTAGS, ndefBytes, userBytes } from '../../../sim/tag/ntag.js';
import { URL_MESSAGE } from './payee-tags.js';

const UID = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const CONTAINER = [0xe1, 0x10, 0x3e, 0x00];

/** A memory whose data area begins with these bytes. */
function memory(data: readonly number[], container: readonly number[] = CONTAINER): Uint8Array {
  const bytes = new Uint8Array(DATA_AT + 8 * container[2]);
  bytes.set(container, CONTAINER_AT);
  bytes.set(data, DATA_AT);
  return bytes;
}

/** As a reader goes: four pages after four, no more than it takes. */
function readInSteps(whole: Uint8Array): { found: Type2Found; read: number } {
  for (let read = 0; ; read += 16) {
    const found = findMessage(whole.subarray(0, read));
    if (!('need' in found) || read > whole.length) return { found, read };
    expect(found.need).toBeGreaterThan(read);
  }
}

const message = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((each) => Uint8Array.from(each));
const tlvOf = (value: Uint8Array): number[] =>
  value.length < 255
    ? [3, value.length, ...value]
    : [3, 255, value.length >> 8, value.length & 255, ...value];

describe('the memory of a Type 2 tag', () => {
  it('gives the message among NULL, control and foreign TLVs, read whole or four pages at a time', () => {
    const before = fc.array(
      fc.oneof(
        fc.constant([0]),
        // The dynamic locks of NTAGs, outside the data area.
        fc.constant([1, 3, 0xa0, 0x10, 0x44]),
        fc.uint8Array({ maxLength: 6 }).map((value) => [0xfd, value.length, ...value]),
      ),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(message, before, (value, first) => {
        const whole = memory([...first.flat(), ...tlvOf(value), 0xfe]);
        expect(findMessage(whole)).toEqual({ message: value });
        const { found, read } = readInSteps(whole);
        expect(found).toEqual({ message: value });
        const needed = DATA_AT + first.flat().length + tlvOf(value).length;
        expect(read - needed).toBeLessThan(16);
      }),
      { numRuns: 300 },
    );
  });

  it('passes over what control TLVs reserve, wherever that lies', () => {
    fc.assert(
      fc.property(
        message,
        fc.integer({ min: 3, max: 15 }),
        fc.nat(15),
        fc.integer({ min: 1, max: 40 }),
        (value, page, offset, size) => {
          // Pages of 16 bytes, so that the area can lie anywhere in the first 256.
          const from = page * 16 + offset;
          const control = [2, 3, (page << 4) | offset, size, 0x04];
          const data = [...control, ...tlvOf(value), 0xfe];
          const at = from - DATA_AT;
          if (at < control.length) return;
          const reserved = Array.from({ length: size }, () => 0xee);
          const whole = memory(
            at >= data.length ? data : [...data.slice(0, at), ...reserved, ...data.slice(at)],
          );
          expect(findMessage(whole)).toEqual({ message: value });
        },
      ),
      { numRuns: 300 },
    );
  });

  const url = tlvOf(URL_MESSAGE);
  it.each<[string, TagFault, Uint8Array]>([
    ['without a container', TagFault.noNdef, memory(url, [0, 0, 0x3e, 0])],
    ['of another version', TagFault.mapping, memory(url, [0xe1, 0x20, 0x3e, 0])],
    ['that wants a key to be read', TagFault.readProtected, memory(url, [0xe1, 0x10, 0x3e, 0xf0])],
    ['with nothing but NULL', TagFault.noNdef, memory([])],
    ['that ends before a message', TagFault.noNdef, memory([0, 0xfe, ...url])],
    ['with an empty message', TagFault.empty, memory([3, 0, 0xfe])],
    ['whose message goes beyond it', TagFault.cut, memory([3, 255, 0x01, 0xf0])],
    ['whose message is longer than we read', TagFault.tooLong, memory([3, 255, 0x04, 0x01])],
    ['whose first TLV goes beyond it', TagFault.cut, memory([0xfd, 255, 0xff, 0xff])],
    ['of no data area', TagFault.noNdef, memory([], [0xe1, 0x10, 0, 0])],
    ['with a control TLV of another length', TagFault.tooLong, memory([1, 2, 0, 0, ...url])],
    [
      'with nine control TLVs',
      TagFault.tooLong,
      memory([...Array(9).fill([2, 3, 0xff, 1, 8]).flat(), ...url]),
    ],
    [
      'all of whose data area is reserved',
      TagFault.noNdef,
      memory([2, 3, 0x15, 0, 0x04, 0, 0], [0xe1, 0x10, 8, 0]),
    ],
  ])('%s is refused, with a code', (_, fault, whole) => {
    expect(findMessage(whole)).toEqual({ fault });
    expect(readInSteps(whole).found).toEqual({ fault });
  });

  it('ends a TLV that begins in its last bytes', () => {
    const whole = memory([...Array(62).fill(0), 3, 255], [0xe1, 0x10, 8, 0]);
    expect(findMessage(whole)).toEqual({ fault: TagFault.cut });
  });

  it('of an NTAG has the sizes of its data sheet: NDEF gets less than the user memory', () => {
    const sizes = Object.values(NTAGS).map((kind) => [userBytes(kind), ndefBytes(kind)]);
    expect(sizes).toEqual([
      [144, 144],
      [504, 496],
      [888, 872],
    ]);
  });

  it('of an NTAG as it is delivered has an empty message; written and locked it has ours', () => {
    const kind = NTAGS.ntag215;
    expect(findMessage(blankMemory(kind, UID))).toEqual({ fault: TagFault.empty });
    expect(findMessage(memoryWith(kind, UID, URL_MESSAGE, true))).toEqual({ message: URL_MESSAGE });
    expect(() => memoryWith(kind, UID, new Uint8Array(ndefBytes(kind) - 4))).toThrow(RangeError);
    expect(TAG_MESSAGE_BYTES_MAX).toBeGreaterThan(ndefBytes(NTAGS.ntag216));
  });
});
