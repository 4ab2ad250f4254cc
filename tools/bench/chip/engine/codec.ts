/**
 * Runs in XS on the chip: the objects of a payment through the fixed-shape codec, and through cbor-x. Prints
 * JSON.
 */
import { Decoder, Encoder } from 'cbor-x';
import { Certificate } from '../../../../firmware/objects/certificate.js';
import { Note } from '../../../../firmware/objects/note.js';
import { Transfer, type TransferFields } from '../../../../firmware/objects/transfer.js';
import { sodiumCrypto } from '../../../../hal/crypto/sodium.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { input, instructions, print } from '../../../xs/engine.js';
import { fromHex } from './hex.js';

export interface CodecInput {
  readonly certificate: string;
  readonly note: string;
  readonly transfer: string;
}

export interface CodecCount {
  readonly what: string;
  readonly bytes: number;
  readonly fixed: number;
  readonly cborX: number;
}

/** A signature that costs nothing, on both sides of the comparison. */
const NO_SIGNATURE = new Uint8Array(64);
const unsigned: Crypto = { ...sodiumCrypto, ed25519Sign: () => NO_SIGNATURE };

/** The second call of each: the first makes what is made once. */
function count(call: () => unknown): number {
  call();
  const before = instructions();
  call();
  return instructions() - before;
}

const decoder = new Decoder({ useRecords: false });
const encoder = new Encoder({ useRecords: false, tagUint8Array: false });

function decode(what: string, hex: string, parse: (bytes: Uint8Array) => unknown): CodecCount {
  const bytes = fromHex(hex);
  if (parse(bytes) === undefined) throw new Error(`${what} does not parse`);
  return {
    what,
    bytes: bytes.length,
    fixed: count(() => parse(bytes)),
    cborX: count(() => decoder.decode(bytes)),
  };
}

function run(given: CodecInput): CodecCount[] {
  const transfer = Transfer.parse(fromHex(given.transfer));
  if (!transfer) throw new Error('the transfer does not parse');
  const parts = decoder.decode(transfer.bytes);
  const { payer, payee, invoice, currency, purpose, sequence, previous } = transfer;
  const { created_s, claimBy_s, received, hops, hopsLimit, expires_s } = transfer;
  const fields: TransferFields = {
    ...{ payer, payee, invoice, currency, purpose, sequence, previous, created_s, claimBy_s, received },
    terms: { hops, hopsLimit, expires_s },
    notes: [{ id: transfer.noteId(0), amount: transfer.noteAmount(0) }],
  };
  const build = () => Transfer.build(unsigned, NO_SIGNATURE, fields);
  return [
    decode('decode a certificate', given.certificate, (bytes) => Certificate.parse(bytes)),
    decode('decode a note', given.note, (bytes) => Note.parse(bytes)),
    decode('decode a transfer', given.transfer, (bytes) => Transfer.parse(bytes)),
    {
      what: 'encode a transfer',
      bytes: transfer.bytes.length,
      fixed: count(build),
      cborX: count(() => encoder.encode(parts)),
    },
  ];
}

print(JSON.stringify(run(input() as CodecInput)));
