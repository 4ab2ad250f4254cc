import { sameBytes } from '../../../firmware/bytes.js';
import {
  emptyHead,
  type JournalEntry,
  nextHead,
  parseEntry,
} from '../../../firmware/ledger/journal-entry.js';
import { Lots } from '../../../firmware/ledger/lots.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Note } from '../../../firmware/objects/note.js';
import { Operator } from '../../../firmware/objects/operator.js';
import { Outcome, Receipt } from '../../../firmware/objects/receipt.js';
import { Settlement } from '../../../firmware/objects/settlement.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import type { Crypto } from '../../../hal/crypto.js';
import { hex } from '../bytes.js';
import { decodeCbor, encodeCbor } from '../server/codec.js';
import { isAcceptable, lotsAllow, notesAllow } from './rules.js';

/**
 * - `fork`: two different things signed under one sequence number, or a chain that the device has signed
 *   contradicts one
 * - `overdrawn`: a chain that takes more from a note than it is worth, or takes from it after it was retired
 * - `overspent`: a chain from a settlement on that spends more received value than came in
 * - `hops`: a chain from a settlement on that spends received value which had run out or changed hands too
 *   often, or declares milder terms than its lots have
 * - `terms`: a transfer that no wallet signs, or one that declares milder terms, another purpose, target,
 *   payee or currency than its notes have
 * - `accepted`: a payee's acceptance of a transfer that its own wallet refuses
 * - `receipts`: a payee's receipts both take and refuse one transfer, or close one invoice twice
 */
export type ProofKind = 'fork' | 'overdrawn' | 'overspent' | 'hops' | 'terms' | 'accepted' | 'receipts';

/**
 * A proof stands alone: whoever knows the root's public key can check it, without the bank. `entries` are
 * journal entries from a point with hash `base` on, up to a transfer in `statements` whose signature commits
 * to them all.
 */
export interface Proof {
  version: 1;
  kind: ProofKind;
  /** 8 bytes. */
  device: Uint8Array;
  root: Uint8Array;
  /** The endorsements of all keys that have signed something in it, that of the certificate first. */
  operators: Uint8Array[];
  certificate: Uint8Array;
  /** 32 bytes, or none. */
  base: Uint8Array;
  entries: Uint8Array[];
  /**
   * Notes: those that the settlements in `entries` brought, in order, or those
   * that a transfer draws on.
   */
  notes: Uint8Array[];
  statements: Uint8Array[];
}

export const encodeProof = (proof: Proof): Uint8Array =>
  encodeCbor({
    version: 1,
    kind: proof.kind,
    device: proof.device,
    root: proof.root,
    operators: proof.operators,
    certificate: proof.certificate,
    base: proof.base,
    entries: proof.entries,
    notes: proof.notes,
    statements: proof.statements,
  });

/** Undefined when the bytes are not exactly what `encodeProof` makes. */
export function decodeProof(bytes: Uint8Array): Proof | undefined {
  const map = decodeCbor(bytes) as Record<string, unknown> | undefined;
  if (typeof map !== 'object' || map === null) return undefined;
  const lists = [map.operators, map.entries, map.notes, map.statements].map(byteStrings);
  const strings = [map.device, map.root, map.certificate, map.base].map(bytesOf);
  if (typeof map.kind !== 'string' || lists.includes(undefined) || strings.includes(undefined))
    return undefined;
  const [operators, entries, notes, statements] = lists as Uint8Array[][];
  const [device, root, certificate, base] = strings as Uint8Array[];
  const kind = map.kind as ProofKind;
  const rest = { base, entries, notes, statements };
  const proof: Proof = { version: 1, kind, device, root, operators, certificate, ...rest };
  return sameBytes(encodeProof(proof), bytes) ? proof : undefined;
}

const bytesOf = (value: unknown): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined);

function byteStrings(value: unknown): Uint8Array[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const strings = value.map(bytesOf);
  return strings.includes(undefined) ? undefined : (strings as Uint8Array[]);
}

/** Whether the proof convicts the device that it names. Pure; takes any bytes; throws nothing. */
export function verifyProof(crypto: Crypto, rootPublicKey: Uint8Array, proofBytes: Uint8Array): boolean {
  const proof = decodeProof(proofBytes);
  if (!proof || !sameBytes(proof.root, rootPublicKey)) return false;
  const operators = proof.operators.map((bytes) => Operator.parse(bytes));
  if (!operators.every((operator) => operator?.verify(crypto, rootPublicKey))) return false;
  const certificate = Certificate.parse(proof.certificate);
  if (!certificate || !sameBytes(certificate.id, proof.device)) return false;
  const trial = new Trial(crypto, proof, certificate, operators as Operator[]);
  return trial.isByIssuer(certificate) && trial.convicts();
}

/** What an operator signs: it names the endorsement of its key. */
type Issued = Pick<Note, 'issuer' | 'endorsement' | 'verify'>;

class Trial {
  constructor(
    private readonly crypto: Crypto,
    private readonly proof: Proof,
    private readonly certificate: Certificate,
    private readonly operators: readonly Operator[],
  ) {}

  /** Whether the operator that it names has signed it, by one of the endorsements here. */
  isByIssuer(issued: Issued): boolean {
    const isIts = ({ number, version }: Operator) =>
      number === issued.issuer && version === issued.endorsement;
    return this.operators.some((each) => isIts(each) && issued.verify(this.crypto, each.key));
  }

  convicts(): boolean {
    const { kind, base, entries, notes } = this.proof;
    const isPlain = base.length === 0 && entries.length === 0;
    switch (kind) {
      case 'fork':
        if (base.length > 0) return this.#contradictedByChain();
        return entries.length > 0 || !this.#pairOfOneSequence() ? this.#brokenStep() : true;
      case 'overdrawn':
        return this.#overdrawn();
      case 'overspent':
        return notes.length === 0 && this.#sinceSettlement((last) => this.#spendsTooMuch(last));
      case 'hops':
        return notes.length === 0 && this.#sinceSettlement((last) => this.#spendsWhatMayNot(last));
      case 'terms':
        return isPlain && this.#terms();
      case 'accepted':
        return isPlain && this.#accepted();
      case 'receipts':
        return isPlain && notes.length === 0 && this.#contradictoryReceipts();
      default:
        return false;
    }
  }

  /** A transfer or receipt signed by the device. */
  #statement(bytes: Uint8Array | undefined): Transfer | Receipt | undefined {
    if (!bytes) return undefined;
    const transfer = Transfer.parse(bytes);
    const statement = transfer ?? Receipt.parse(bytes);
    const signer = transfer ? transfer.payer : (statement as Receipt | undefined)?.payee;
    if (!statement || !sameBytes(signer!, this.proof.device)) return undefined;
    return statement.verify(this.crypto, this.certificate.publicKey) ? statement : undefined;
  }

  #transfer(bytes: Uint8Array | undefined): Transfer | undefined {
    const statement = this.#statement(bytes);
    return statement instanceof Transfer ? statement : undefined;
  }

  #pairOfOneSequence(): boolean {
    const [a, b] = this.proof.statements.map((bytes) => this.#statement(bytes));
    if (this.proof.statements.length !== 2 || !a || !b) return false;
    return a.sequence === b.sequence && !sameBytes(a.bytes, b.bytes);
  }

  /** Whether `entries` from `base` on lead to exactly what `last` commits to. */
  #chainLeadsTo(last: Transfer): boolean {
    let head = this.proof.base;
    if (head.length !== 32 || last.sequence <= this.proof.entries.length) return false;
    for (const entry of this.proof.entries) head = nextHead(this.crypto, head, entry);
    return sameBytes(head, last.previous);
  }

  /** The chain has one entry where the device has signed another. */
  #contradictedByChain(): boolean {
    const { statements, entries } = this.proof;
    const last = this.#transfer(statements[0]);
    const other = this.#statement(statements[1]);
    if (statements.length !== 2 || entries.length === 0 || !last || !other) return false;
    if (!this.#chainLeadsTo(last) || last.sequence - entries.length !== other.sequence) return false;
    return !sameBytes(entries[0].subarray(0, other.bytes.length), other.bytes);
  }

  /**
   * Nothing but receipts that the device has signed lies between two of its transfers, yet the second does
   * not follow from it.
   */
  #brokenStep(): boolean {
    const { statements, entries, device } = this.proof;
    const [first, last] = statements.map((bytes) => this.#transfer(bytes));
    if (statements.length !== 2 || !first || !last) return false;
    let head = nextHead(this.crypto, first.previous, first.bytes);
    let sequence = first.sequence;
    for (const bytes of entries) {
      const entry = parseEntry(device, bytes);
      if (entry?.kind !== 'in' || entry.receipt.sequence !== ++sequence) return false;
      if (!entry.receipt.verify(this.crypto, this.certificate.publicKey)) return false;
      if (!sameBytes(entry.receipt.transfer, entry.transfer.hash(this.crypto))) return false;
      head = nextHead(this.crypto, head, bytes);
    }
    return last.sequence === sequence + 1 && !sameBytes(head, last.previous);
  }

  #overdrawn(): boolean {
    const { statements, entries, device } = this.proof;
    const note = statements[0] && Note.parse(statements[0]);
    const last = this.#transfer(statements[1]);
    if (statements.length !== 2 || !note || !last || !this.isByIssuer(note)) return false;
    if (!sameBytes(note.owner, device) || !this.#chainLeadsTo(last)) return false;
    return this.#takesTooMuch(note, [...entries, last.bytes]);
  }

  #takesTooMuch(note: Note, chain: readonly Uint8Array[]): boolean {
    const taken = new Map<string, number>();
    const brought = [...this.proof.notes];
    const knowsAll = brought.length > 0 || !chain.some((bytes) => Settlement.parse(bytes)?.notes);
    let left = note.value;
    let retired = false;
    for (const bytes of chain) {
      const entry = parseEntry(this.proof.device, bytes);
      if (entry?.kind === 'out') {
        const amount = amountFrom(entry.transfer, note.id);
        taken.set(hex(entry.transfer.hash(this.crypto)), amount);
        left -= amount;
        if (left < 0) return true;
      } else if (entry?.kind === 'answer' && entry.receipt.outcome === Outcome.void && !retired) {
        const name = hex(entry.receipt.transfer);
        left += taken.get(name) ?? 0;
        taken.delete(name);
      } else if (entry?.kind === 'settled' && knowsAll) {
        const fresh = brought.splice(0, entry.settlement.notes);
        if (!this.#cameWith(entry.settlement, fresh)) return false;
        if (entry.settlement.retireUntil_s >= note.expires_s) {
          retired = true;
          left = 0;
        }
        if (!fresh.some((bytes) => sameBytes(bytes, note.bytes))) continue;
        retired = false;
        left = note.value;
        taken.clear();
      }
    }
    return false;
  }

  /**
   * Whether these are the notes that the settlement brought: membership decides, never the second in which
   * something was signed.
   */
  #cameWith(settlement: Settlement, fresh: readonly Uint8Array[]): boolean {
    if (!this.#isOwnOperators(settlement)) return false;
    let hash: Uint8Array = new Uint8Array(32);
    for (const bytes of fresh) hash = this.crypto.sha256(hash, bytes);
    return fresh.length === settlement.notes && sameBytes(hash, settlement.notesHash);
  }

  #isOwnOperators(settlement: Settlement): boolean {
    return settlement.issuer === this.certificate.issuer && this.isByIssuer(settlement);
  }

  /** A chain of all that happened since a settlement, or since the journal began. */
  #sinceSettlement(convicts: (last: Transfer) => boolean): boolean {
    const { statements, entries, base } = this.proof;
    const last = this.#transfer(statements[0]);
    if (!last || !this.#chainLeadsTo(last)) return false;
    const fromStart = last.sequence === entries.length + 1 && sameBytes(base, emptyHead());
    const opening = entries[0] && Settlement.parse(entries[0]);
    const fromSettlement =
      opening && sameBytes(opening.device, this.proof.device) && this.#isOwnOperators(opening);
    if (!fromStart && !fromSettlement) return false;
    return convicts(last);
  }

  /** `statements` from the second on: transfers from before the chain that were refused within it. */
  #spendsTooMuch(last: Transfer): boolean {
    const { statements, entries, device } = this.proof;
    const currency = hex(last.currency);
    const known = new Map<string, Transfer>();
    for (const bytes of statements.slice(1)) {
      const transfer = this.#transfer(bytes);
      if (!transfer) return false;
      known.set(hex(transfer.hash(this.crypto)), transfer);
    }
    const needed = new Set(known.keys());
    const counted = new Set<string>();
    let left = 0;
    for (const [i, bytes] of [...entries, last.bytes].entries()) {
      const entry = parseEntry(device, bytes);
      if (!entry || (entry.kind === 'settled' && i > 0)) return false;
      if (entry.kind === 'in' || entry.kind === 'out') {
        const name = hex(entry.transfer.hash(this.crypto));
        if (entry.kind === 'out') known.set(name, entry.transfer);
        if (hex(entry.transfer.currency) !== currency) continue;
        if (entry.kind === 'out') left -= entry.transfer.received;
        else if (!counted.has(name)) left += entry.transfer.total;
        counted.add(name);
      } else if (entry.kind === 'answer' && entry.receipt.outcome === Outcome.void) {
        const name = hex(entry.receipt.transfer);
        const transfer = known.get(name);
        if (!transfer) return false;
        needed.delete(name);
        if (hex(transfer.currency) === currency) left += transfer.received;
      }
    }
    return left < 0 && needed.size === 0;
  }

  #contradictoryReceipts(): boolean {
    const [accepted, voided] = this.proof.statements.map((bytes) => this.#statement(bytes));
    if (this.proof.statements.length !== 2) return false;
    if (!(accepted instanceof Receipt) || !(voided instanceof Receipt)) return false;
    const isBoth = accepted.outcome === Outcome.accepted && voided.outcome === Outcome.void;
    if (isBoth && sameBytes(accepted.transfer, voided.transfer)) return true;
    // The first receipt closes the invoice; what comes after it is never an acceptance.
    const [first, second] = accepted.sequence < voided.sequence ? [accepted, voided] : [voided, accepted];
    const isOfOneInvoice = sameBytes(first.invoice, second.invoice) && first.sequence < second.sequence;
    return isOfOneInvoice && second.outcome === Outcome.accepted;
  }

  /** The notes of the proof by their ids, each signed by its issuer; undefined when one is not. */
  #notes(): ((id: Uint8Array) => Note | undefined) | undefined {
    const notes = new Map<string, Note>();
    for (const bytes of this.proof.notes) {
      const note = Note.parse(bytes);
      if (!note || !this.isByIssuer(note)) return undefined;
      notes.set(hex(note.id), note);
    }
    return (id) => notes.get(hex(id));
  }

  #terms(): boolean {
    const transfer = this.#transfer(this.proof.statements[0]);
    const noteOf = this.#notes();
    return this.proof.statements.length === 1 && !!transfer && !!noteOf && !notesAllow(transfer, noteOf);
  }

  #accepted(): boolean {
    const { statements } = this.proof;
    const receipt = this.#statement(statements[0]);
    const transfer = statements[1] && Transfer.parse(statements[1]);
    const noteOf = this.#notes();
    if (statements.length !== 2 || !(receipt instanceof Receipt) || !transfer || !noteOf) return false;
    if (receipt.outcome !== Outcome.accepted) return false;
    if (!sameBytes(receipt.transfer, transfer.hash(this.crypto))) return false;
    return !isAcceptable(transfer, receipt, this.certificate, noteOf);
  }

  /** As a wallet keeps its lots; only the first acceptance of a transfer counts. */
  #spendsWhatMayNot(last: Transfer): boolean {
    const { statements, entries, device } = this.proof;
    const lots = new Lots();
    const known = new Map<string, Transfer>();
    for (const bytes of statements.slice(1)) {
      const transfer = this.#transfer(bytes);
      if (!transfer) return false;
      known.set(hex(transfer.hash(this.crypto)), transfer);
    }
    for (const [i, bytes] of entries.entries()) {
      const entry = parseEntry(device, bytes);
      if (!entry || (entry.kind === 'settled' && i > 0)) return false;
      if (!replay(this.crypto, lots, known, entry)) return false;
    }
    return !lotsAllow(lots, last);
  }
}

/** What an entry does to the lots; false when that cannot be said. */
function replay(crypto: Crypto, lots: Lots, known: Map<string, Transfer>, entry: JournalEntry): boolean {
  if (entry.kind === 'in' || entry.kind === 'out') {
    const { transfer } = entry;
    const name = hex(transfer.hash(crypto));
    const { purpose, received, total, hops, hopsLimit, expires_s, created_s } = transfer;
    if (entry.kind === 'out' && received > 0) lots.spend(purpose, received, created_s, transfer);
    if (entry.kind === 'in' && !known.has(name))
      lots.add(purpose, total, { hops: hops + 1, hopsLimit, expires_s });
    known.set(name, transfer);
  } else if (entry.kind === 'answer' && entry.receipt.outcome === Outcome.void) {
    const transfer = known.get(hex(entry.receipt.transfer));
    if (!transfer) return false;
    const { purpose, received, hops, hopsLimit, expires_s } = transfer;
    if (received > 0) lots.add(purpose, received, { hops, hopsLimit, expires_s });
  }
  return true;
}

function amountFrom(transfer: Transfer, note: Uint8Array): number {
  for (let i = 0; i < transfer.noteCount; i++) {
    if (sameBytes(transfer.noteId(i), note)) return transfer.noteAmount(i);
  }
  return 0;
}
