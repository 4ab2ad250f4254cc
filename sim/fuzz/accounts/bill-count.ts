import type { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { BillKind, Means } from '../../../firmware/account/bill.js';
import { hex } from '../../bank/bytes.js';
import type { Terms } from '../../bank/platform/terms.js';
import { DAY_S } from '../draws.js';
import { Violation } from '../violation.js';
import type { Booked } from './loose-till.js';

/** A bill that somebody pays, as it is counted here. */
export interface Came {
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly site: number;
  readonly user: number;
  readonly amount: number;
  /** By face: account and day. */
  readonly face: string | undefined;
  bearer: 'user' | 'platform' | 'site';
  returned: number;
}

type Charge = Pick<Came, 'user' | 'bearer' | 'face'>;

/** A certificate that a device has fetched. */
export interface Certified {
  readonly account: number;
  readonly operator: number;
  readonly serial: number;
  readonly quota: number;
  readonly notAfter_s: number;
  billed: number;
}

/** All that is counted: plain data, of which a backup takes a copy. */
export interface Counted {
  /** By account, what bills have brought it, less what they have taken. Minor units. */
  due: Map<number, number>;
  /** By terminal and sequence. */
  came: Map<string, Came>;
  /** By code (certificate and number), where it has paid: hashes of the codes, and the sites. */
  uses: Map<string, { evidence: string; site: number }[]>;
  /** By their bytes. */
  certificates: Map<string, Certified>;
  /** With an open dispute. */
  disputed: Set<string>;
  /** By account and day, what bills by face come to. */
  faces: Map<string, number>;
  /** By account, the most that it has ever agreed to: what it may owe, and bills by face of one day. */
  lineMax: Map<number, number>;
  faceDayMax: Map<number, number>;
  /** "FROM TO" of each agreement that there ever was. */
  withholding: Set<string>;
}

export const billName = (terminal: Uint8Array, sequence: number): string => `${hex(terminal)} ${sequence}`;

/**
 * Who has to pay what for bills, by the rule in words (sim/bank/platform/README.md), from the bytes of bills
 * and codes alone: a second count beside the bank's.
 */
export class BillCount {
  #counted: Counted = {
    due: new Map(),
    came: new Map(),
    uses: new Map(),
    certificates: new Map(),
    disputed: new Set(),
    faces: new Map(),
    lineMax: new Map(),
    faceDayMax: new Map(),
    withholding: new Set(),
  };

  /** What a backup knows of all this. */
  copy(): Counted {
    return structuredClone(this.#counted);
  }

  /** It is as it was then. Returns the certificates that came since, by their bytes in hex. */
  putBack(copy: Counted): string[] {
    const { certificates } = this.#counted;
    this.#counted = copy;
    return [...certificates.keys()].filter((name) => !copy.certificates.has(name));
  }

  certified(account: number, operator: number, certificate: AccountCertificate): void {
    const { serial, quota, notAfter_s, bytes } = certificate;
    const name = hex(bytes);
    if (this.#counted.certificates.has(name)) return;
    const certified = { account, operator, serial, quota, notAfter_s, billed: 0 };
    this.#counted.certificates.set(name, certified);
  }

  agreed(account: number, { line, faceDayMax, withholding }: Terms): void {
    const { lineMax, faceDayMax: faceMax, withholding: agreements } = this.#counted;
    lineMax.set(account, Math.max(line, lineMax.get(account) ?? 0));
    faceMax.set(account, Math.max(faceDayMax, faceMax.get(account) ?? 0));
    if (withholding !== null) agreements.add(`${withholding} ${account}`);
  }

  /** The next bill of a terminal of a site that the bank has not set aside. */
  take({ bill, evidence }: Booked, site: number): void {
    if (bill.kind === BillKind.refund) return this.#refund(bill.terminal, bill.refers, bill.amount);
    const charge = bill.means === Means.face ? this.#byFace(bill) : this.#byCode(bill.amount, evidence, site);
    const { terminal, sequence, amount } = bill;
    const came = { terminal: terminal.slice(), sequence, site, amount, returned: 0, ...charge };
    this.#counted.came.set(billName(terminal, sequence), came);
    this.#move(site, amount);
    if (came.bearer === 'user') this.#move(came.user, -amount);
  }

  #byCode(amount: number, evidence: Uint8Array, site: number): Charge {
    const code = AccountCode.fromBytes(evidence);
    const certificate = code && this.#certificateOf(code);
    if (!code || !certificate) throw new Violation('a bill is paid for a certificate that nobody has');
    if (code.amount !== undefined && code.amount !== amount)
      throw new Violation(`a bill of ${amount} is paid for a code of ${code.amount}`);
    const name = `${certificate.operator} ${certificate.serial} ${code.counter}`;
    const uses = this.#counted.uses.get(name) ?? [];
    if (uses.some((use) => use.site === site))
      throw new Violation(`code ${name} is paid twice at site ${site}`);
    const isCopy = uses.some((use) => use.evidence === hex(evidence));
    const isBeyond = certificate.billed + amount > certificate.quota;
    this.#counted.uses.set(name, [...uses, { evidence: hex(evidence), site }]);
    const user = certificate.account;
    if (isCopy && (code.amount !== undefined || isBeyond))
      return { user, bearer: 'platform', face: undefined };
    certificate.billed += amount;
    return { user, bearer: 'user', face: undefined };
  }

  #certificateOf({ certificate }: AccountCode): Certified | undefined {
    return this.#counted.certificates.get(hex(certificate.bytes));
  }

  /** Whose certificate a code has. */
  userOf(evidence: Uint8Array): number | undefined {
    const code = AccountCode.fromBytes(evidence);
    return code && this.#certificateOf(code)?.account;
  }

  #byFace({ serial, amount, time_s }: Booked['bill']): Charge {
    const day = `${serial} ${Math.floor(time_s / DAY_S)}`;
    const sum = (this.#counted.faces.get(day) ?? 0) + amount;
    if (sum > (this.#counted.faceDayMax.get(serial) ?? 0))
      throw new Violation(`account ${serial} pays ${sum} by face on one day, and has not agreed to that`);
    this.#counted.faces.set(day, sum);
    return { user: serial, bearer: 'user', face: day };
  }

  #refund(terminal: Uint8Array, refers: number, amount: number): void {
    const sold = this.#counted.came.get(billName(terminal, refers));
    if (!sold) throw new Violation('a bill that nobody pays is refunded');
    this.#giveBack(sold, amount);
  }

  #giveBack(sold: Came, amount: number): void {
    sold.returned += amount;
    const { face } = sold;
    if (face !== undefined) this.#counted.faces.set(face, this.#counted.faces.get(face)! - amount);
    if (sold.returned > sold.amount) throw new Violation('more goes back than was paid');
    this.#move(sold.site, -amount);
    if (sold.bearer === 'user') this.#move(sold.user, amount);
  }

  /** A dispute is open, or was decided. */
  disputed(name: string, decided: '' | 'user' | 'site'): void {
    const { came, disputed } = this.#counted;
    if (decided === '') disputed.add(name);
    else disputed.delete(name);
    const sold = came.get(name);
    if (decided !== 'user' || !sold) return;
    this.#giveBack(sold, sold.amount - sold.returned);
    sold.bearer = 'site';
  }

  #move(account: number, amount: number): void {
    this.#counted.due.set(account, (this.#counted.due.get(account) ?? 0) + amount);
  }

  get came(): Came[] {
    return [...this.#counted.came.values()];
  }

  /** Why a refund of it may be of nothing: nobody pays it, or it went back in a dispute. */
  isReturnable(name: string): boolean {
    const sold = this.#counted.came.get(name);
    return sold !== undefined && sold.bearer !== 'site';
  }

  get openDisputes(): Came[] {
    return [...this.#counted.disputed].map((name) => this.#counted.came.get(name)!);
  }

  get due(): ReadonlyMap<number, number> {
    return this.#counted.due;
  }

  lineMaxOf(account: number): number {
    return this.#counted.lineMax.get(account) ?? 0;
  }

  mayWithhold(from: number, to: number): boolean {
    return this.#counted.withholding.has(`${from} ${to}`);
  }

  /** What certificates that hold may still be billed for, but for those that were taken back. */
  promisedBy(account: number, now_s: number, isDenied: (certificate: Certified) => boolean): number {
    return [...this.#counted.certificates.values()]
      .filter((each) => each.account === account && each.notAfter_s >= now_s && !isDenied(each))
      .reduce((sum, { quota, billed }) => sum + Math.max(0, quota - billed), 0);
  }
}
