import { sameBytes } from '../../firmware/bytes.js';
import { emptyHead, nextHead, parseEntry } from '../../firmware/ledger/journal-entry.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Note } from '../../firmware/objects/note.js';
import { Operator } from '../../firmware/objects/operator.js';
import { Outcome, Receipt } from '../../firmware/objects/receipt.js';
import { Settlement } from '../../firmware/objects/settlement.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex, isZero } from './bytes.js';
import { decodeCbor, encodeCbor } from './codec.js';

/**
 * - `fork`: two different things signed under one sequence number, or a chain that the device has signed
 * contradicts one
 * - `overdrawn`: a chain that takes more from a note than it is worth, or takes from it after it was retired
 * - `overspent`: a chain from a settlement on that spends more received value than came in
 * - `receipts`: a payee's receipts both take and refuse one transfer
 */
export type ProofKind = 'fork' | 'overdrawn' | 'overspent' | 'receipts';

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
  /** Endorsements: of whoever signs the certificate first, then of the issuer of the note. */
  operators: Uint8Array[];
  certificate: Uint8Array;
  /** 32 bytes, or none. */
  base: Uint8Array;
  entries: Uint8Array[];
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
    statements: proof.statements,
  });

/** Undefined when the bytes are not exactly what `encodeProof` makes. */
export function decodeProof(bytes: Uint8Array): Proof | undefined {
  const map = decodeCbor(bytes) as Record<string, unknown> | undefined;
  if (typeof map !== 'object' || map === null) return undefined;
  const lists = [map.operators, map.entries, map.statements].map(byteStrings);
  const strings = [map.device, map.root, map.certificate, map.base].map(bytesOf);
  if (typeof map.kind !== 'string' || lists.includes(undefined) || strings.includes(undefined))
    return undefined;
  const [operators, entries, statements] = lists as Uint8Array[][];
  const [device, root, certificate, base] = strings as Uint8Array[];
  const kind = map.kind as ProofKind;
  const proof: Proof = {
    version: 1,
    kind,
    device,
    root,
    operators,
    certificate,
    base,
    entries,
    statements,
  };
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
  const issuer = operators[0];
  if (!certificate || issuer?.number !== certificate.issuer || !certificate.verify(crypto, issuer.key))
    return false;
  if (!sameBytes(certificate.id, proof.device)) return false;
  const trial = new Trial(crypto, proof, certificate, operators as Operator[]);
  return trial.convicts();
}

class Trial {
  constructor(
    private readonly crypto: Crypto,
    private readonly proof: Proof,
    private readonly certificate: Certificate,
    private readonly operators: readonly Operator[],
  ) {}

  convicts(): boolean {
    const { kind, base, entries, operators } = this.proof;
    if (kind !== 'overdrawn' && operators.length !== 1) return false;
    switch (kind) {
      case 'fork':
        if (base.length > 0) return this.#contradictedByChain();
        return entries.length > 0 || !this.#pairOfOneSequence() ? this.#brokenStep() : true;
      case 'overdrawn':
        return this.#overdrawn();
      case 'overspent':
        return this.#overspent();
      case 'receipts':
        return base.length === 0 && entries.length === 0 && this.#contradictoryReceipts();
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
    return statement.verify(this.crypto, this.certificate.signingKey) ? statement : undefined;
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
      if (!entry.receipt.verify(this.crypto, this.certificate.signingKey)) return false;
      if (!sameBytes(entry.receipt.transfer, entry.transfer.hash(this.crypto))) return false;
      head = nextHead(this.crypto, head, bytes);
    }
    return last.sequence === sequence + 1 && !sameBytes(head, last.previous);
  }

  #overdrawn(): boolean {
    const { statements, entries, device, operators } = this.proof;
    const note = statements[0] && Note.parse(statements[0]);
    const last = this.#transfer(statements[1]);
    if (statements.length !== 2 || operators.length !== 2 || !note || !last) return false;
    const issuer = this.operators[1];
    if (issuer.number !== note.issuer || !note.verify(this.crypto, issuer.key)) return false;
    if (!sameBytes(note.owner, device) || !this.#chainLeadsTo(last)) return false;
    return this.#takesTooMuch(note, [...entries, last.bytes]);
  }

  #takesTooMuch(note: Note, chain: readonly Uint8Array[]): boolean {
    const taken = new Map<string, number>();
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
      } else if (entry?.kind === 'settled' && this.#retires(entry.settlement, note)) {
        retired = true;
        left = 0;
      }
    }
    return false;
  }

  #retires(settlement: Settlement, note: Note): boolean {
    return settlement.retireUntil_s >= note.expires_s && note.issued_s < settlement.time_s;
  }

  #overspent(): boolean {
    const { statements, entries, base } = this.proof;
    const last = this.#transfer(statements[0]);
    if (!last || !this.#chainLeadsTo(last)) return false;
    const fromStart = last.sequence === entries.length + 1 && sameBytes(base, emptyHead());
    const opening = entries[0] && Settlement.parse(entries[0]);
    const fromSettlement =
      opening &&
      sameBytes(opening.device, this.proof.device) &&
      opening.issuer === this.operators[0].number &&
      opening.verify(this.crypto, this.operators[0].key);
    if (!fromStart && !fromSettlement) return false;
    return this.#spendsTooMuch(last);
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
    if (accepted.outcome !== Outcome.accepted || voided.outcome !== Outcome.void) return false;
    if (sameBytes(accepted.transfer, voided.transfer)) return true;
    const closed = isZero(voided.transfer) && sameBytes(accepted.invoice, voided.invoice);
    return closed && voided.sequence < accepted.sequence;
  }
}

function amountFrom(transfer: Transfer, note: Uint8Array): number {
  for (let i = 0; i < transfer.noteCount; i++) {
    if (sameBytes(transfer.noteId(i), note)) return transfer.noteAmount(i);
  }
  return 0;
}
