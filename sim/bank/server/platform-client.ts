import type { Fares } from '../../../firmware/account/fare.js';
import type { DenyList } from '../platform/certificates.js';
import type { DebtRow } from '../platform/debts.js';
import type { Dispute } from '../platform/disputes.js';
import type { FaresRow, JourneyTold } from '../platform/fares.js';
import type { BillName } from '../platform/funds.js';
import type { Leaving } from '../platform/leave.js';
import type { TerminalRow, TerminalRules } from '../platform/terminals.js';
import type { Terms } from '../platform/terms.js';
import type { BillFork, BillTold, RecordLine } from '../platform/told.js';

/** The same as `Platform`, over HTTP. What is refused is thrown as BankError. */
export class PlatformClient {
  constructor(private readonly call: <T>(method: string, request: object) => Promise<T>) {}

  async make(operator: number): Promise<Uint8Array> {
    return (await this.call<{ publicKey: Uint8Array }>('makePlatform', { operator })).publicKey;
  }

  async publicKey(operator: number): Promise<Uint8Array> {
    return (await this.call<{ publicKey: Uint8Array }>('platformKey', { operator })).publicKey;
  }

  setTerms(account: number, terms: Partial<Terms>): Promise<Terms> {
    return this.call('setTerms', { account, ...terms });
  }

  terms(account: number): Promise<Terms> {
    return this.call('terms', { account });
  }

  async certify(account: number, publicKey: Uint8Array): Promise<Uint8Array> {
    const request = { account, publicKey };
    return (await this.call<{ certificate: Uint8Array }>('certify', request)).certificate;
  }

  async revoke(operator: number, serial: number): Promise<void> {
    await this.call('revokeCertificate', { operator, serial });
  }

  denyList(operator: number): Promise<DenyList> {
    return this.call('denyList', { operator });
  }

  async addTerminal(account: number, publicKey: Uint8Array, rules: TerminalRules): Promise<Uint8Array> {
    const request = { account, publicKey, ...rules };
    return (await this.call<{ terminal: Uint8Array }>('addTerminal', request)).terminal;
  }

  async terminals(account?: number): Promise<TerminalRow[]> {
    const request = account === undefined ? {} : { account };
    return (await this.call<{ terminals: TerminalRow[] }>('terminals', request)).terminals;
  }

  async suspendTerminal(terminal: Uint8Array): Promise<void> {
    await this.call('suspendTerminal', { terminal });
  }

  async liftTerminal(terminal: Uint8Array): Promise<void> {
    await this.call('liftTerminal', { terminal });
  }

  async bills(
    of: { readonly account: number } | { readonly terminal: Uint8Array },
    linesMax = 100,
  ): Promise<BillTold[]> {
    return (await this.call<{ bills: BillTold[] }>('billsOf', { ...of, linesMax })).bills;
  }

  async debts(account?: number): Promise<DebtRow[]> {
    return (await this.call<{ debts: DebtRow[] }>('debts', account === undefined ? {} : { account })).debts;
  }

  async creditRecord(account: number): Promise<RecordLine[]> {
    return (await this.call<{ lines: RecordLine[] }>('creditRecord', { account })).lines;
  }

  async forks(): Promise<BillFork[]> {
    return (await this.call<{ forks: BillFork[] }>('forks', {})).forks;
  }

  async setFares(account: number, fares: Fares): Promise<void> {
    await this.call('setFares', { account, fares });
  }

  async fares(account: number): Promise<FaresRow[]> {
    return (await this.call<{ tables: FaresRow[] }>('fares', { account })).tables;
  }

  async journeys(account: number, days?: number): Promise<JourneyTold[]> {
    const request = { account, days };
    return (await this.call<{ journeys: JourneyTold[] }>('journeys', request)).journeys;
  }

  dispute(bill: BillName): Promise<Dispute> {
    return this.call('dispute', bill);
  }

  decide(bill: BillName, decided: 'user' | 'site'): Promise<Dispute> {
    return this.call('decideDispute', { ...bill, decided });
  }

  leave(account: number): Promise<Leaving> {
    return this.call('leave', { account });
  }
}
