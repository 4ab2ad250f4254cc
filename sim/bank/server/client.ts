import type { Limits } from '../../../firmware/objects/profile.js';
import type { AccountOptions, Balance } from '../accounts/accounts.js';
import type { Audit } from '../accounts/audit.js';
import type { EndorsedKey, ReservesTold } from '../accounts/central-bank.js';
import type { TerminalDay } from '../accounts/day.js';
import type { Enrolment, Personalisation } from '../accounts/enrol.js';
import type { Gift } from '../accounts/give.js';
import type { HistoryLine } from '../accounts/history.js';
import type { RegistryRecord } from '../accounts/registry.js';
import type { Declined, ProofRecord } from '../bank.js';
import { hex } from '../bytes.js';
import { BankError, type BankErrorCode } from '../codes.js';
import type { HotDevices } from '../fraud/hot-list.js';
import type { KeyTold } from '../key-state.js';
import type { LostMoney } from '../lost-money.js';
import type { Upload } from '../platform/intake.js';
import type { Resuming } from '../restored.js';
import type { Recovered } from '../settlement/recovery.js';
import type { ClockStep } from '../settlement/tick.js';
import { decodeCbor, encodeCbor } from './codec.js';
import { KEYED } from './keyed.js';
import { PlatformClient } from './platform-client.js';

/** What moves money is asked again, under the same key: see `#call`. */
const TRIES = 3;
/** Codes that leave open whether it has happened. */
const OPEN: readonly BankErrorCode[] = ['unreachable', 'internal'];
/** A settlement of thousands of transfers takes seconds. */
const ANSWER_MS_MAX = 120_000;

/** The bank over HTTP, in the shape of `Bank`. What the bank refuses is thrown as BankError. */
export class BankClient {
  readonly platform = new PlatformClient((method, request) => this.#call(method, request));

  /** `token`: of the counter. Without it there is `about` and `openSync`. `tries`: of what moves money. */
  constructor(
    private readonly url: string,
    private readonly token?: string,
    private readonly tries = TRIES,
  ) {}

  async createAccount(operator: number, name: string, options: AccountOptions = {}): Promise<number> {
    return (await this.#call<{ account: number }>('createAccount', { operator, name, ...options })).account;
  }

  async deposit(account: number, amount: number, purpose = 0): Promise<void> {
    await this.#call('deposit', { account, amount, purpose });
  }

  async withdraw(account: number, amount: number): Promise<void> {
    await this.#call('withdraw', { account, amount });
  }

  async payOut(operator: number, device: Uint8Array, password: string, next?: string): Promise<number> {
    const request = { operator, device, password, ...(next !== undefined && { next }) };
    return (await this.#call<{ paid: number }>('payOut', request)).paid;
  }

  async load(account: number, device: Uint8Array, amount: number, purpose = 0): Promise<void> {
    await this.#call('load', { account, device, amount, purpose });
  }

  async give(account: number, device: Uint8Array, amount: number, gift: Gift): Promise<number> {
    const { purpose, place, payee, until_s } = gift;
    const request = { account, device, amount, purpose, place, ...(payee && { payee }) };
    const until = until_s !== undefined && { until_s };
    return (await this.#call<{ target: number }>('give', { ...request, ...until })).target;
  }

  async unload(account: number, device: Uint8Array, amount: number): Promise<void> {
    await this.#call('unload', { account, device, amount });
  }

  balance(account: number): Promise<Balance> {
    return this.#call('balance', { account });
  }

  async history(account: number, linesMax = 100, before?: number): Promise<HistoryLine[]> {
    const request = { account, linesMax, ...(before !== undefined && { before }) };
    return (await this.#call<{ lines: HistoryLine[] }>('history', request)).lines;
  }

  async day(account: number, from_s: number): Promise<TerminalDay[]> {
    return (await this.#call<{ terminals: TerminalDay[] }>('day', { account, from_s })).terminals;
  }

  /** Not checked: a client that has the root's key from elsewhere can. */
  async receipt(account: number, device: Uint8Array, sequence: number): Promise<Uint8Array> {
    return (await this.#call<{ receipt: Uint8Array }>('receipt', { account, device, sequence })).receipt;
  }

  record(device: Uint8Array, sequence: number): Promise<RegistryRecord> {
    return this.#call('record', { device, sequence });
  }

  /** A proof in the form of C2SP tlog-proof. Not checked either. */
  async ledgerProof(account: number, device: Uint8Array, sequence: number): Promise<string> {
    return (await this.#call<{ proof: string }>('ledgerProof', { account, device, sequence })).proof;
  }

  /** What the central bank opens the ciphertexts of all logs with. */
  async supervisor(): Promise<Uint8Array> {
    return (await this.#call<{ supervisor: Uint8Array }>('supervisor', {})).supervisor;
  }

  /** See Logs.forget. */
  async forgetLedger(period: number): Promise<number> {
    return (await this.#call<{ forgotten: number }>('forgetLedger', { period })).forgotten;
  }

  /** See Bank.backup. */
  async backup(): Promise<Uint8Array> {
    return (await this.#call<{ backup: Uint8Array }>('backup', {})).backup;
  }

  async resuming(): Promise<Resuming[]> {
    return (await this.#call<{ resuming: Resuming[] }>('resuming', {})).resuming;
  }

  async accountOf(device: Uint8Array): Promise<number | undefined> {
    return (await this.#call<{ account?: number }>('accountOf', { device })).account;
  }

  async challenge(): Promise<Uint8Array> {
    return (await this.#call<{ challenge: Uint8Array }>('challenge', {})).challenge;
  }

  enrol(request: Enrolment): Promise<Personalisation> {
    return this.#call('enrol', request);
  }

  async setLimits(device: Uint8Array, limits: Limits): Promise<Uint8Array> {
    return (await this.#call<{ profile: Uint8Array }>('setLimits', { device, limits })).profile;
  }

  async raiseTier(device: Uint8Array, tier: number): Promise<void> {
    await this.#call('raiseTier', { device, tier });
  }

  async limitsOf(device: Uint8Array): Promise<Limits> {
    return (await this.#call<{ limits: Limits }>('limitsOf', { device })).limits;
  }

  async unlockPin(device: Uint8Array): Promise<void> {
    await this.#call('unlockPin', { device });
  }

  async move(from: Uint8Array, to: Uint8Array): Promise<void> {
    await this.#call('move', { device: from, to });
  }

  async reportLost(device: Uint8Array): Promise<void> {
    await this.#call('reportLost', { device });
  }

  async recover(device: Uint8Array, isHandedIn = false): Promise<Recovered[]> {
    return (await this.#call<{ recovered: Recovered[] }>('recover', { device, isHandedIn })).recovered;
  }

  async suspend(device: Uint8Array): Promise<void> {
    await this.#call('suspend', { device });
  }

  async liftSuspension(device: Uint8Array): Promise<void> {
    await this.#call('liftSuspension', { device });
  }

  renewOperatorKey(operator: number, from_s: number): Promise<EndorsedKey> {
    return this.#call('renewOperatorKey', { operator, from_s });
  }

  reserves(operator: number): Promise<ReservesTold> {
    return this.#call('reserves', { operator });
  }

  async freezeReserves(operator: number, amount: number): Promise<void> {
    await this.#call('freezeReserves', { operator, amount });
  }

  async releaseReserves(operator: number, amount: number): Promise<void> {
    await this.#call('releaseReserves', { operator, amount });
  }

  async setReserveRatio(operator: number, permille: number): Promise<void> {
    await this.#call('setReserveRatio', { operator, permille });
  }

  async operatorKeys(): Promise<KeyTold[]> {
    return (await this.#call<{ keys: KeyTold[] }>('operatorKeys', {})).keys;
  }

  async tick({ now_s, operator, signature }: ClockStep): Promise<void> {
    await this.#call('tick', { now_s, operator, signature });
  }

  /** Moves bank time on, by the token of the counter instead of an operator's signature. */
  async advance(now_s: number): Promise<void> {
    await this.#call('advance', { now_s });
  }

  hotList(): Promise<HotDevices> {
    return this.#call('hotList', {});
  }

  async proofs(): Promise<ProofRecord[]> {
    return (await this.#call<{ proofs: ProofRecord[] }>('proofs', {})).proofs;
  }

  async declined(): Promise<Declined[]> {
    return (await this.#call<{ declined: Declined[] }>('declined', {})).declined;
  }

  audit(): Promise<Audit> {
    return this.#call('audit', {});
  }

  about(): Promise<{ root: Uint8Array; time_s: number; currency: string; lostMoney: LostMoney }> {
    return this.#call('about', {});
  }

  /** Bills of a terminal, without a token. What comes back is for the terminal to judge. */
  uploadBills(upload: Upload): Promise<unknown> {
    return this.#call('bills', upload);
  }

  /** A platform's signed deny list, where it is newer than `version`. What comes back is not looked at. */
  denyParts(platform: Uint8Array, version: number): Promise<unknown> {
    return this.#call('deny', { platform, version });
  }

  openSync(operator?: number): SyncLine {
    return new SyncLine((path, request) => this.#call(path, request), operator);
  }

  /**
   * What takes a key happens once, however often it has to be asked for: when the answer was lost on its way,
   * or the bank itself does not know whether its database has done it.
   */
  async #call<T>(path: string, request: object): Promise<T> {
    if (!KEYED.includes(path)) return this.#ask(path, request, {});
    const headers = { 'idempotency-key': hex(crypto.getRandomValues(new Uint8Array(16))) };
    for (let tried = 1; ; tried++) {
      try {
        return await this.#ask(path, request, headers);
      } catch (error) {
        const isOpen = error instanceof BankError && OPEN.includes(error.code);
        if (!isOpen || tried >= this.tries) throw error;
      }
    }
  }

  async #ask<T>(path: string, request: object, headers: Record<string, string>): Promise<T> {
    const { status, bytes } = await this.#post(path, encodeCbor(request), headers);
    const body = decodeCbor(bytes) as (T & { code?: BankErrorCode; message?: string }) | undefined;
    if (typeof body !== 'object' || body === null)
      throw new BankError('unreachable', `${this.url} answers, but not as a bank (HTTP ${status})`);
    if (status === 200) return body;
    throw new BankError(body.code ?? 'internal', body.message ?? `HTTP ${status}`);
  }

  async #post(
    path: string,
    body: Uint8Array,
    headers: Record<string, string>,
  ): Promise<{ status: number; bytes: Uint8Array }> {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    try {
      const response = await fetch(`${this.url}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/cbor', ...authorization, ...headers },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
      throw new BankError('unreachable', `${this.url} cannot be reached: ${why}`);
    }
  }
}

/** One sync over HTTP. */
export class SyncLine {
  #session: string | undefined;

  constructor(
    private readonly call: (path: string, request: object) => Promise<unknown>,
    private readonly operator: number | undefined,
  ) {}

  /** A message of the device in, the bank's answer out. */
  async step(message: Uint8Array): Promise<Uint8Array> {
    const opens = this.#session === undefined;
    const choice = this.operator === undefined ? {} : { operator: this.operator };
    const path = opens ? 'sync' : `sync/${this.#session}`;
    const answer = (await this.call(path, { message, ...(opens ? choice : {}) })) as {
      session?: string;
      message: Uint8Array;
    };
    this.#session ??= answer.session;
    return answer.message;
  }
}
