import type { Fares } from '../../../firmware/account/fare.js';
import type { Context } from '../context.js';
import { type Admitted, admit, type NewUser } from './admit.js';
import * as certificates from './certificates.js';
import type { DebtRow } from './debts.js';
import { type Dispute, decideDispute, dispute } from './disputes.js';
import { type FaresRow, faresOf, type JourneyTold, journeys, setFares } from './fares.js';
import type { BillName } from './funds.js';
import { BillIntake, type Upload, type UploadAnswer } from './intake.js';
import { type Leaving, leave } from './leave.js';
import { makePlatform, platformKeyOf } from './make-platform.js';
import * as terminals from './terminals.js';
import { setTerms, type Terms, termsOf } from './terms.js';
import * as told from './told.js';

const LINES_MAX = 1_000;

/** What the operators do as platforms: accounts that are billed first, and deducted later (R27, R29). */
export class Platform {
  readonly #intake: BillIntake;

  constructor(
    private readonly context: Context,
    private readonly currency: string,
  ) {
    this.#intake = new BillIntake(context);
  }

  /** Makes an operator a platform, unless it is one. Returns its public key, 32 bytes. */
  make(operator: number): Promise<Uint8Array> {
    return makePlatform(this.context, operator);
  }

  /** Throws BankError `unknown-operator`, `platform`. */
  publicKey(operator: number): Uint8Array {
    return platformKeyOf(this.context, operator).publicKey;
  }

  /** What is given changes, the rest stays: see `setTerms`. */
  setTerms(account: number, terms: Partial<Terms>): Promise<Terms> {
    return setTerms(this.context, account, terms);
  }

  terms(account: number): Promise<Terms> {
    return this.context.database.transaction((sql) => termsOf(sql, account));
  }

  /** An AccountCertificate: see `issueAccountCertificate`. */
  certify(account: number, userPublicKey: Uint8Array): Promise<Uint8Array> {
    return certificates.issueAccountCertificate(this.context, account, userPublicKey);
  }

  /** Many users at once, of the bank's own currency: see `admit`. */
  admit(operator: number, users: readonly NewUser[]): Promise<Admitted[]> {
    return admit(this.context, operator, this.currency, users);
  }

  revoke(operator: number, serial: number): Promise<void> {
    return certificates.revokeCertificate(this.context, operator, serial);
  }

  denyList(operator: number): Promise<certificates.DenyList> {
    return certificates.denyList(this.context, operator);
  }

  /** For terminals whose list is `version`; 0: they have none. See `signedDenyList`. */
  signedDenyList(platform: Uint8Array, version: number): Promise<Uint8Array[]> {
    return certificates.signedDenyList(this.context, platform, version);
  }

  addTerminal(account: number, publicKey: Uint8Array, rules: terminals.TerminalRules): Promise<Uint8Array> {
    return terminals.addTerminal(this.context, account, publicKey, rules);
  }

  terminals(account?: number): Promise<terminals.TerminalRow[]> {
    return terminals.terminals(this.context, account);
  }

  suspendTerminal(terminal: Uint8Array): Promise<void> {
    return terminals.suspendTerminal(this.context, terminal);
  }

  liftTerminal(terminal: Uint8Array): Promise<void> {
    return terminals.liftTerminal(this.context, terminal);
  }

  /** Bills of a terminal come in: see `BillIntake.upload`. */
  upload(upload: Upload): Promise<UploadAnswer> {
    return this.#intake.upload(upload);
  }

  bills(
    of: { readonly account: number } | { readonly terminal: Uint8Array },
    linesMax = 100,
  ): Promise<told.BillTold[]> {
    return told.bills(this.context, of, Math.min(linesMax, LINES_MAX));
  }

  /** What came in from the terminals of a merchant: see `billTotals`. */
  billTotals(account: number): Promise<told.BillTotal[]> {
    return told.billTotals(this.context, account);
  }

  debts(account?: number): Promise<DebtRow[]> {
    return told.debts(this.context, account);
  }

  creditRecord(account: number): Promise<told.RecordLine[]> {
    return told.creditRecord(this.context, account);
  }

  forks(): Promise<told.BillFork[]> {
    return told.forks(this.context);
  }

  /** Of a merchant's gates: see `setFares`. */
  setFares(account: number, fares: Fares): Promise<void> {
    return setFares(this.context, account, fares);
  }

  /** The tables of a merchant's gates, the oldest first. Throws BankError `unknown-account`. */
  fares(account: number): Promise<FaresRow[]> {
    return faresOf(this.context, account);
  }

  /** Of a user, those that began in the last `days`. */
  journeys(account: number, days = 31): Promise<JourneyTold[]> {
    return journeys(this.context, account, days);
  }

  dispute(bill: BillName): Promise<Dispute> {
    return dispute(this.context, bill);
  }

  decide(bill: BillName, decided: 'user' | 'site'): Promise<Dispute> {
    return decideDispute(this.context, bill, decided);
  }

  leave(account: number): Promise<Leaving> {
    return leave(this.context, account);
  }
}
