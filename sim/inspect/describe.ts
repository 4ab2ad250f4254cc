import { AccountCertificate, PSEUDONYM_BYTES } from '../../firmware/account/account-certificate.js';
import { getU32 } from '../../firmware/bytes.js';
import { JOURNAL_HASH_BYTES, type JournalEntry } from '../../firmware/ledger/journal-entry.js';
import { decodeRecord } from '../../firmware/ledger/journal-record.js';
import { CERTIFICATE_BYTES, Certificate, Role } from '../../firmware/objects/certificate.js';
import { HotList } from '../../firmware/objects/hot-list.js';
import { Note } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Profile } from '../../firmware/objects/profile.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { KIND } from '../../firmware/store/format.js';
import { Key, mirroredBy, mirrorOf, nameOfKey } from '../../firmware/store/keys.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { conditionWords } from '../condition-words.js';
import type { Entry } from './walk.js';

/** "2027-01-15 08:00:00", UTC. */
export const utc = (time_s: number): string =>
  new Date(time_s * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** How amounts are written, minor units in. */
export type Money = (minor: number) => string;

/** Nobody's id. */
const NOBODY = new Uint8Array(8);
const NO_ENTRY = { bytes: new Uint8Array(0), entry: undefined };

const SECRET_KEYS = [Key.identity, Key.pinSecrets].flatMap((key) => [key, mirrorOf(key)]);
const isSecret = ({ kind, key }: Entry): boolean =>
  (kind === KIND.put || kind === KIND.putMore) && SECRET_KEYS.includes(key);

const KIND_WORDS: Readonly<Record<number, string>> = {
  [KIND.put]: 'put',
  [KIND.putMore]: 'put, and more',
  [KIND.index]: 'index',
  [KIND.root]: 'root',
  [KIND.entry]: 'journal',
  [KIND.remove]: 'remove',
  [KIND.removeMore]: 'remove, and more',
  [KIND.floor]: 'floor',
  [KIND.erase]: 'erase',
  [KIND.bad]: 'bad sector',
  [KIND.kept]: 'kept',
  [KIND.gone]: 'gone',
};
export const kindWords = (kind: number): string => KIND_WORDS[kind] ?? `kind ${kind}`;

/** Turns entries into words: whose they are, and how money is written, are the image's own. */
export class Words {
  constructor(
    private readonly crypto: Crypto,
    private readonly device: Uint8Array | undefined,
    readonly money: Money,
    private readonly showsSecrets: boolean,
  ) {}

  /** What the entry is about: a key by name, or what the store says to itself. */
  subject({ kind, key }: Entry): string {
    switch (kind) {
      case KIND.entry:
        return `entry ${key}`;
      case KIND.index:
        return `page ${key} of the index`;
      case KIND.floor:
        return `entries below ${key} may go`;
      case KIND.erase:
        return `sector ${key & 0xffff} is to be erased`;
      case KIND.bad:
        return `sector ${key} is never used again`;
      case KIND.root:
      case KIND.kept:
      case KIND.gone:
        return '';
      default:
        return nameOfKey(key);
    }
  }

  /** What is in it. */
  detail(entry: Entry): string {
    const { kind, key, payload } = entry;
    if (isSecret(entry)) {
      return this.showsSecrets ? `SECRET ${hex(payload)}` : `(secret, ${payload.length} bytes)`;
    }
    if (kind === KIND.entry) return this.journal(payload);
    return kind === KIND.put || kind === KIND.putMore ? this.#value(key, payload) : '';
  }

  #value(key: number, payload: Uint8Array): string {
    const first = mirroredBy(key) ?? key;
    if (first === Key.pinTries) return `${payload[0]} for the PIN, ${payload[1]} for the PUK`;
    if (first === Key.clock && payload.length === 8) return `bank time ${utc(getU32(payload, 0))}`;
    if (first === Key.accountCounter && payload.length === PSEUDONYM_BYTES + 4)
      return `${getU32(payload, PSEUDONYM_BYTES)} codes of ${hex(payload.subarray(0, PSEUDONYM_BYTES))}`;
    if (first === Key.ledger) return `as after entry ${getU32(payload, JOURNAL_HASH_BYTES)}`;
    if (first === Key.root) return `public key ${hex(payload)}`;
    if (key >= Key.certificateCache && key < Key.notes) return this.#remembered(payload);
    return this.#object(payload) ?? `${payload.length} bytes`;
  }

  /** A certificate that was verified, behind its hash. */
  #remembered(payload: Uint8Array): string {
    return this.#object(payload.subarray(payload.length - CERTIFICATE_BYTES)) ?? `${payload.length} bytes`;
  }

  #object(bytes: Uint8Array): string | undefined {
    const note = Note.parse(bytes);
    if (note) {
      const only = conditionWords(note).map((each) => `, only ${each}`);
      return `${this.money(note.value)} until ${utc(note.expires_s)}, note ${hex(note.id)}${only.join('')}`;
    }
    const certificate = Certificate.parse(bytes);
    if (certificate) {
      const role = Object.keys(Role)[certificate.role];
      const place = certificate.place === 0 ? '' : `, place ${certificate.place}`;
      return `${role} ${hex(certificate.id)}, operator ${certificate.issuer}, until ${utc(certificate.notAfter_s)}${place}`;
    }
    const account = AccountCertificate.parse(bytes);
    if (account) {
      const { platform, serial, quota, notAfter_s } = account;
      return `platform ${hex(platform)}, number ${serial}, ${this.money(quota)} until ${utc(notAfter_s)}`;
    }
    const operator = Operator.parse(bytes);
    if (operator) return `number ${operator.number}, until ${utc(operator.notAfter_s)}`;
    const profile = Profile.parse(bytes);
    if (profile) return `version ${profile.limits().version}`;
    const list = HotList.parse(bytes);
    return list && `version ${list.version}, part ${list.part + 1} of ${list.parts}`;
  }

  /** A journal record in words: kind, amount, counterparty, time. */
  journal(record: Uint8Array): string {
    const { bytes, entry } = decodeRecord(this.crypto, this.device ?? NOBODY, record) ?? NO_ENTRY;
    if (entry) return this.entry(entry);
    const transfer = Transfer.parse(bytes);
    return transfer ? `a transfer by ${hex(transfer.payer)}, not this device` : 'not an entry of this device';
  }

  entry(entry: JournalEntry): string {
    const { money } = this;
    switch (entry.kind) {
      case 'out': {
        const { total, payee, created_s, noteCount, received } = entry.transfer;
        const from = [
          `${noteCount} ${noteCount === 1 ? 'note' : 'notes'}`,
          ...(received > 0 ? [`${money(received)} received`] : []),
        ];
        return `paid ${money(total)} to ${hex(payee)}, ${utc(created_s)}, from ${from.join(' and ')}`;
      }
      case 'in':
        return `received ${money(entry.transfer.total)} from ${hex(entry.transfer.payer)}, ${utc(entry.receipt.created_s)}`;
      case 'refused':
        return entry.transfer
          ? `voided ${money(entry.transfer.total)} from ${hex(entry.transfer.payer)}, ${utc(entry.receipt.created_s)}`
          : `called off invoice ${hex(entry.receipt.invoice)}, ${utc(entry.receipt.created_s)}`;
      case 'answer':
        return `${entry.receipt.outcome === 0 ? 'accepted' : 'voided'} by ${hex(entry.receipt.payee)}, ${utc(entry.receipt.created_s)}`;
      case 'settled': {
        const { epoch, notes, time_s } = entry.settlement;
        return `settled, epoch ${epoch}, ${notes} fresh ${notes === 1 ? 'note' : 'notes'}, ${utc(time_s)}`;
      }
    }
  }
}
