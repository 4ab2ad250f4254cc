/** What somebody without a key can tell by how long a card computes. */

import { concat } from '../../../firmware/bytes.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import {
  buildCommand,
  buildHello,
  CLA_ISO,
  Ins,
  SELECT_APPLICATION,
} from '../../../firmware/protocol/apdu.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { Device } from '../../../sim/device/device.js';
import { onChip } from './count.js';
import type { StrangerInput } from './engine/stranger.js';
import { flashImage } from './flash-image.js';
import { Workshop } from './wallets.js';

export interface StrangerRow {
  readonly what: string;
  /** By card, in the order of `cards`. */
  readonly instructions: readonly number[];
}

export interface Stranger {
  readonly cards: readonly string[];
  readonly rows: readonly StrangerRow[];
}

const OTHERS = 31;
const DAY_S = 86_400;

/**
 * Cards that have lived differently; the second has met the terminal whose certificate everybody can record.
 */
function cardsOf(shop: Workshop, stall: Device): Record<string, Device> {
  const cards = {
    'met nobody': shop.wallet([10_000]),
    'met the terminal': shop.wallet([10_000]),
    'met others': shop.wallet([10_000]),
    suspended: shop.wallet(),
    'clock a year on': shop.wallet(),
  };
  shop.pay(cards['met the terminal'], stall, 5);
  for (let i = 0; i < OTHERS; i++) shop.pay(cards['met others'], shop.wallet(), 5);
  shop.bank.settle(cards.suspended.wallet, [], { standing: Standing.suspended });
  shop.bank.settle(cards['clock a year on'].wallet, [], { time_s: shop.bank.now_s + 366 * DAY_S });
  return cards;
}

/** A certificate as it travels, but for its signature. */
function forged(shop: Workshop, { wallet }: Device): Certificate {
  const bytes = wallet.certificate.bytes.slice();
  const key = shop.bank.crypto.ed25519KeyFromSeed(shop.bank.random(32));
  bytes.set(shop.bank.crypto.ed25519Sign(key, bytes.subarray(0, -66)), bytes.length - 64);
  const certificate = Certificate.parse(bytes);
  if (!certificate) throw new Error('a forged certificate does not parse');
  return certificate;
}

export async function measureStranger(): Promise<Stranger> {
  const shop = new Workshop();
  const stall = shop.wallet();
  const cards = cardsOf(shop, stall);
  const theirs = shop.bank.crypto.x25519PublicKey(shop.bank.random(32));
  const hello = ({ compact }: Certificate) => buildHello(theirs, compact);
  const envelope = (data: Uint8Array) => buildCommand(Ins.envelope, data, { cla: CLA_ISO });
  const garbage = shop.bank.random(60);
  const syncKey = shop.bank.crypto.ed25519KeyFromSeed(shop.bank.random(32));
  const bankCertificate = shop.bank.certify(syncKey.slice(32), { role: 2 });
  const touches: [string, Uint8Array][][] = [
    [
      ['SELECT', SELECT_APPLICATION],
      ['HELLO, a certificate that was recorded', hello(stall.wallet.certificate)],
      ['SECURE, garbage', buildCommand(Ins.secure, garbage)],
    ],
    [
      ['SELECT', SELECT_APPLICATION],
      ['HELLO, a certificate that was made up', hello(forged(shop, stall))],
      ['SECURE, garbage', buildCommand(Ins.secure, garbage)],
    ],
    [
      ['SELECT', SELECT_APPLICATION],
      ['ENVELOPE, to begin', envelope(new Uint8Array(0))],
      [
        'ENVELOPE, a bank’s certificate that was recorded',
        envelope(concat(bankCertificate.bytes, theirs, garbage)),
      ],
    ],
  ];
  const commands = touches.map((touch) => touch.map(([, command]) => hex(command)));
  const counts: number[][] = [];
  for (const { nor } of Object.values(cards)) {
    const input: StrangerInput = { card: flashImage(nor.exportImage()), touches: commands };
    counts.push((await onChip<number[][]>('stranger.ts', input)).flat());
  }
  const rows = touches.flat().map(([what], row) => ({ what, instructions: counts.map((all) => all[row]) }));
  return { cards: Object.keys(cards), rows };
}

/** Lines of text; milliseconds at this pace. */
export function strangerTable({ cards, rows }: Stranger, nsAnInstruction: number): string[] {
  const width = Math.max(...rows.map(({ what }) => what.length)) + 2;
  const cell = (text: string) => text.padStart(18);
  const line = (what: string, cells: readonly string[]) =>
    `  ${what.padEnd(width)}${cells.map(cell).join('')}`;
  const ms = (instructions: number) => ((instructions * nsAnInstruction) / 1e6).toFixed(2);
  return [
    'What a card computes for a reader without a key: instructions, and milliseconds',
    line('', cards),
    ...rows.map(({ what, instructions }) =>
      line(
        what,
        instructions.map((count) => `${count.toLocaleString('en')} ${ms(count).padStart(6)}`),
      ),
    ),
  ];
}
