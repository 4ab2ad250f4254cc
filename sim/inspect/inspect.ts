import { getU32, NOTHING } from '../../firmware/bytes.js';
import { JOURNAL_HASH_BYTES } from '../../firmware/ledger/journal-entry.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { layoutOf } from '../../firmware/store/format.js';
import { readHeaders } from '../../firmware/store/headers.js';
import { Key } from '../../firmware/store/keys.js';
import { openStore } from '../../firmware/store/open.js';
import { Wallet } from '../../firmware/wallet/wallet.js';
import { crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { SimEntropy } from '../chip/entropy.js';
import { Contents, type RootReport } from './contents.js';
import { kindWords, type Money, Words } from './describe.js';
import { type Geometry, geometryOf, ImageFlash } from './image.js';
import { salvage } from './ledger.js';
import { type MoneyReport, recount } from './recount.js';
import { type SectorReport, surveySectors } from './sectors.js';
import { checkSignatures, type SignatureReport } from './signatures.js';
import type { Entry } from './walk.js';

export interface RecordReport {
  readonly log: 'journal' | 'state';
  readonly sector: number;
  readonly address: number;
  readonly order: number;
  readonly kind: string;
  readonly bytes: number;
  /** `gone`: cut short, and it does not count. `rotten`: its check fails. */
  readonly state: 'live' | 'dead' | 'gone' | 'rotten';
  readonly subject: string;
  readonly detail: string;
}

/** What the firmware does at power-up with this image. */
export interface BootReport {
  readonly reads: number;
  readonly readBytes: number;
  readonly programs: number;
  readonly programBytes: number;
  /** Journal entry that the snapshot has in it, and the last one: those between are replayed. */
  readonly snapshot: number;
  readonly sequence: number;
}

export interface Inspection {
  readonly bytes: number;
  readonly sectorBytes: number;
  readonly sectorCount: number;
  readonly unit: number;
  /** What the firmware's own door says of the image. */
  readonly verdict: string;
  /** What is wrong, and where; empty when all is well. */
  readonly faults: readonly string[];
  readonly device: string | undefined;
  readonly currency: string;
  readonly boot: BootReport | undefined;
  readonly root: RootReport | undefined;
  /** Journal entries below it are not needed any more. */
  readonly floor: number | undefined;
  readonly sectors: readonly SectorReport[];
  readonly records: readonly RecordReport[];
  readonly money: MoneyReport | undefined;
  readonly signatures: SignatureReport | undefined;
}

export interface InspectOptions {
  readonly crypto: Crypto;
  readonly geometry: Geometry;
  readonly showsSecrets: boolean;
  /** How to write amounts of a currency. */
  readonly money: (currency: string) => Money;
}

/** Looks at an image, of which nothing is changed, and tells all that is in it. */
export function inspect(image: Uint8Array, options: InspectOptions): Inspection {
  const { crypto, geometry } = options;
  const flash = new ImageFlash(image, geometry);
  const faults: string[] = [];
  const over = image.length - flash.sectorCount * flash.sectorBytes;
  if (over > 0) faults.push(`the image ends in the middle of a sector: ${over} bytes are left over`);
  const verdict = verdictOf(image, geometry, faults);
  const layout = layoutOf(flash);
  const read = readHeaders(flash, layout, crc32);
  const headers = read.status === 'ok' ? read.headers : undefined;
  const contents = headers && new Contents(crypto, flash, layout, headers);
  const certificate = Certificate.parse(contents?.read(Key.certificate) ?? NOTHING);
  const currency = currencyOf(contents);
  const words = new Words(crypto, certificate?.id, options.money(currency), options.showsSecrets);
  const records = contents ? [...contents.state, ...contents.journal] : [];
  if (contents) tellDamage(contents, words, faults);
  const sectors = surveySectors(flash, headers, contents);
  const strange = sectors.filter(({ state }) => state === 'strange').map(({ sector }) => sector);
  if (strange.length > 0) faults.push(`neither erased nor written by this firmware: ${sectorWords(strange)}`);
  const booted = verdict === 'ok' ? boot(image, options, faults) : undefined;
  const stopped = booted?.wallet.stopped;
  if (stopped !== undefined) faults.push(`the wallet is stopped: ${stopped}`);
  const ledger =
    certificate &&
    (booted?.isCertified ? booted.wallet.ledger : contents && salvage(crypto, contents, faults));
  if (certificate && booted && !booted.isCertified) {
    faults.push('the wallet boots as blank: its root key, profile or certificate does not read');
  }
  const money = contents && ledger && recount(crypto, contents, ledger, faults);
  return {
    bytes: image.length,
    sectorBytes: flash.sectorBytes,
    sectorCount: flash.sectorCount,
    unit: flash.programUnitBytes,
    verdict,
    device: certificate && hex(certificate.id),
    currency,
    boot: booted && reportBoot(booted, contents),
    root: contents?.root,
    floor: contents?.floor,
    sectors,
    records: contents ? records.map((entry) => reportRecord(entry, contents, words)) : [],
    money,
    signatures: contents && checkSignatures(crypto, contents, faults),
    faults,
  };
}

/** "sector 3", "64 sectors from 0 to 63" */
const sectorWords = (sectors: readonly number[]): string =>
  sectors.length === 1
    ? `sector ${sectors[0]}`
    : `${sectors.length} sectors between ${sectors[0]} and ${sectors[sectors.length - 1]}`;

const CURRENCY_AT = 32;

function verdictOf(image: Uint8Array, geometry: Geometry, faults: string[]): string {
  if (image.length < geometry.sectorBytes) {
    faults.push('the image is smaller than a sector');
    return 'damaged';
  }
  const opened = openStore(new ImageFlash(image, geometry), crc32);
  if (opened.status === 'ok') return 'ok';
  if (opened.status === 'blank')
    faults.push('blank: there is no wallet on it, and never was since it was erased');
  else if (opened.status === 'version') {
    faults.push(`format version ${opened.version}: this firmware reads another one`);
  } else {
    const where = opened.sector < 0 ? '' : `, sector ${opened.sector}`;
    faults.push(`damaged: ${DAMAGE_WORDS[opened.code]}${where}${geometryWords(image, geometry)}`);
  }
  return opened.status === 'damaged' ? `damaged (${opened.code})` : opened.status;
}

/** What the image says of its geometry, when that is not how it is looked at. */
function geometryWords(image: Uint8Array, { unit, sectorBytes }: Geometry): string {
  const said = geometryOf(image);
  if (said.unit === unit && said.sectorBytes === sectorBytes) return '';
  return ` (by its headers: program unit ${said.unit}, sectors of ${said.sectorBytes} bytes)`;
}

const DAMAGE_WORDS = {
  'no-sector': 'not one sector is of this firmware, and it is not blank',
  geometry: 'written with another program unit or sector size',
  gap: 'a sector of a log is missing',
  entry: 'entries do not follow on one another',
  root: 'there is no root to read',
} as const;

function currencyOf(contents: Contents | undefined): string {
  const identity = contents?.read(Key.identity);
  const code = identity ? String.fromCharCode(...identity.subarray(CURRENCY_AT, CURRENCY_AT + 3)) : '';
  // ISO 4217 has XXX for "no currency".
  return /^[A-Z]{3}$/.test(code) ? code : 'XXX';
}

/** What cannot be read, where it lies and what it held. */
function tellDamage(contents: Contents, words: Words, faults: string[]): void {
  const name = (stream: number) => (stream === 0 ? 'journal' : 'state');
  for (const { stream, sector, address, bytes, lost } of contents.gaps) {
    if (lost === 0) continue;
    const what = lost === 1 ? 'an entry' : `${lost} entries`;
    faults.push(
      `sector ${sector}, byte ${address}: ${bytes} bytes do not read: ${what} of the ${name(stream)} lost`,
    );
  }
  for (const entry of [...contents.state, ...contents.journal]) {
    if ((entry.sound && !entry.repaired) || !contents.isLive(entry)) continue;
    const held = words.subject(entry) || kindWords(entry.kind);
    const what = entry.sound
      ? 'a bit in the header of a record has turned, which the record itself puts right: it holds'
      : 'the check of a record fails: it held';
    faults.push(`sector ${entry.sector}, byte ${entry.address}: ${what} ${held}`);
  }
  for (const key of contents.lostKeys()) {
    faults.push(
      `${words.subject({ kind: 1, key } as Entry)}: the record that held it is not where it was written`,
    );
  }
}

interface Booted {
  readonly wallet: Wallet;
  readonly flash: ImageFlash;
  /** It came up with a certificate, and so with money. */
  readonly isCertified: boolean;
}

/** Boots the real firmware on a copy. */
function boot(image: Uint8Array, { crypto, geometry }: InspectOptions, faults: string[]): Booted | undefined {
  const flash = new ImageFlash(image, geometry);
  const clock = {
    ticks_ms: () => 0,
    ticks_us: () => 0,
    schedule: () => ({ cancel: () => {} }),
    uptime_s: () => 0,
  };
  const entropy = new SimEntropy(0, 'inspect');
  try {
    const wallet = Wallet.open({ flash, clock, entropy, crypto, crc32, presence: { show: () => {} } });
    return { flash, wallet, isCertified: wallet.lifecycle !== Lifecycle.blank };
  } catch (error) {
    faults.push(`the wallet does not boot: ${(error as Error).message}`);
    return undefined;
  }
}

function reportBoot({ wallet, flash, isCertified }: Booted, contents: Contents | undefined): BootReport {
  const saved = contents?.read(Key.ledger);
  return {
    ...flash.counters,
    snapshot: saved ? getU32(saved, JOURNAL_HASH_BYTES) : 0,
    sequence: isCertified ? wallet.ledger.sequence : 0,
  };
}

function reportRecord(entry: Entry, contents: Contents, words: Words): RecordReport {
  const state = !entry.sound
    ? 'rotten'
    : !entry.committed
      ? 'gone'
      : contents.isLive(entry)
        ? 'live'
        : 'dead';
  return {
    log: entry.stream === 0 ? 'journal' : 'state',
    sector: entry.sector,
    address: entry.address,
    order: entry.order,
    kind: kindWords(entry.kind),
    bytes: entry.bytes,
    state,
    subject: words.subject(entry),
    detail: words.detail(entry),
  };
}
