import type { Limits } from '../../firmware/objects/profile.js';
import * as accounts from './accounts/accounts.js';
import { type Audit, audit } from './accounts/audit.js';
import type { EndorsedKey } from './accounts/central-bank.js';
import * as centralBank from './accounts/central-bank.js';
import { raiseTier } from './accounts/certificates.js';
import { day, type TerminalDay } from './accounts/day.js';
import { challenge, type Enrolment, enrol, type Personalisation } from './accounts/enrol.js';
import { type Gift, give } from './accounts/give.js';
import { type HistoryLine, history } from './accounts/history.js';
import { FULL_RESERVE } from './accounts/ledger.js';
import { moveDevice } from './accounts/move.js';
import { payOut } from './accounts/pay-out.js';
import { type Holding, holdingOf, type Positions, positions } from './accounts/positions.js';
import { receiptOf } from './accounts/receipts.js';
import { type RegistryRecord, recordOf } from './accounts/registry.js';
import { type BankOptions, DEFAULT_OPERATORS } from './bank-options.js';
import { BankError } from './codes.js';
import { type Context, defaultParameters } from './context.js';
import { Database } from './db/database.js';
import { type AnswerCodec, OnceBooks } from './db/once.js';
import type { Tries } from './db/retries.js';
import { type HotDevices, hotDevices, liftSuspension, suspend, takeForLost } from './fraud/hot-list.js';
import type { ProofKind } from './fraud/proof.js';
import type { Breach } from './fraud/suspicion.js';
import { type KeyTold, keysTold } from './key-state.js';
import { keysInBooks } from './key-store.js';
import { keyInUse, makeKeys, readKeys, requireKeys } from './keys.js';
import { Logs } from './ledger/logs.js';
import type { LostMoney } from './lost-money.js';
import { Platform } from './platform/platform.js';
import { type Resuming, resuming } from './restored.js';
import { faultOfDenominations } from './settlement/denominations.js';
import { type Recovered, recoverDevice } from './settlement/recovery.js';
import { type ClockStep, clockStatement, requireSigned, tick } from './settlement/tick.js';
import { Intake } from './sync/intake.js';
import { SyncSession } from './sync/sync-session.js';
import type { Aside } from './unit-of-work.js';

/** A settlement that a device would not take. */
export interface Declined {
  readonly device: Uint8Array;
  readonly at_s: number;
  /** A number of the firmware's `Refusal`. */
  readonly refusal: number;
  /** The object that it would not have; null when it was the settlement as a whole. */
  readonly object: Uint8Array | null;
}

export interface ProofRecord {
  device: Uint8Array;
  kind: ProofKind;
  bytes: Uint8Array;
  at_s: number;
}

const HISTORY_LINES_MAX = 1_000;

/** The reference bank: central bank and operators behind one counter. The same methods are served by HTTP. */
export class Bank {
  private readonly intake: Intake;
  /** What the operators tell the world of the payments that they have settled (R25). */
  readonly logs: Logs;
  /** Accounts that are billed first, and deducted later (R27). */
  readonly platform: Platform;

  private constructor(
    private readonly context: Context,
    /** Of accounts for which none is named. */
    readonly currency: string,
    /** Transactions since the bank was opened, and how often one was tried again. */
    readonly tries: Readonly<Tries>,
  ) {
    this.intake = new Intake(context);
    this.logs = new Logs(context);
    this.platform = new Platform(context, currency);
  }

  static async open(options: BankOptions): Promise<Bank> {
    const operators = options.operators ?? DEFAULT_OPERATORS;
    const currency = options.currency ?? 'CNY';
    const { entropy, keyStores = keysInBooks(options.crypto, entropy) } = options;
    const { crypto } = keyStores.operators;
    const parameters = { ...defaultParameters, ...options.parameters };
    const fault = faultOfDenominations(parameters.denominations);
    if (fault !== undefined) throw new BankError('denominations', `denominations: ${fault}`);
    const database = await Database.open(options.database, options.schema ?? 'bank', async (sql) => {
      const life_s = parameters.endorsementLife_s;
      const { time_s, lostMoney = 'recovered' } = options;
      const rules = { time_s, life_s, lostMoney, currency };
      await makeKeys(sql, keyStores, entropy, operators, rules);
      for (const { number, reserves, reservePermille = FULL_RESERVE } of operators) {
        await sql.rows('update operators set reserve_permille = $2 where number = $1', [
          number,
          reservePermille,
        ]);
        await centralBank.freeze(sql, options.time_s, number, currency, reserves);
      }
    });
    const { currency: kept, ...stored } = await database.transaction((sql) => readKeys(sql, crypto));
    if (options.currency !== undefined && options.currency !== kept) {
      await database.close();
      throw new BankError('currency', `it is a bank of ${kept}, not of ${options.currency}`);
    }
    if (options.lostMoney !== undefined && options.lostMoney !== stored.lostMoney) {
      await database.close();
      throw new BankError('lost-money', `what is on a lost device is ${stored.lostMoney} at this bank`);
    }
    requireKeys(stored.keys, stored.time_s, options.keyStores);
    const unfinished = new Set<string>();
    const reloadKeys = async () => {
      const { keys } = await database.transaction((sql) => readKeys(sql, crypto));
      for (const [number, each] of keys.operators) stored.keys.operators.set(number, each);
      for (const [number, each] of keys.platforms) stored.keys.platforms.set(number, each);
    };
    const known = { unfinished, awaited: new Set<string>(), backup: () => database.backup() };
    const context = { database, crypto, entropy, keyStores, parameters, reloadKeys, ...known, ...stored };
    return new Bank(context, kept, database.tries);
  }

  /**
   * This bank, for one call of a method that changes something, which a client may make again: with the same
   * `key` and the same `request` (a hash, 32 bytes) it gets the same answer, and nothing else happens. Throws
   * BankError `key-reused`.
   */
  once(key: string, request: Uint8Array, codec: AnswerCodec): Bank {
    const { database, time_s } = this.context;
    const once = new OnceBooks(database, codec, key, request, time_s);
    return new Bank({ ...this.context, database: once }, this.currency, this.tries);
  }

  get rootPublicKey(): Uint8Array {
    return this.context.keys.rootPublic;
  }

  get time_s(): number {
    return this.context.time_s;
  }

  createAccount(operator: number, name: string, options: accounts.AccountOptions = {}): Promise<number> {
    return accounts.createAccount(this.context, operator, name, { currency: this.currency, ...options });
  }

  /** `purpose`: 0, or the only merchant category that this money may be paid to (R26). */
  deposit(account: number, amount: number, purpose = 0): Promise<void> {
    return accounts.deposit(this.context, account, amount, purpose);
  }

  withdraw(account: number, amount: number): Promise<void> {
    return accounts.withdraw(this.context, account, amount);
  }

  /**
   * Pays what has come in from an unregistered device to whoever gives its withdrawal password, at any
   * operator (R22). `next`: the password from now on. Returns minor units.
   */
  payOut(operator: number, device: Uint8Array, password: string, next?: string): Promise<number> {
    return payOut(this.context, operator, device, password, next);
  }

  /** The account that a device belongs to; undefined when this bank has not certified it. */
  accountOf(device: Uint8Array): Promise<number | undefined> {
    return this.context.database.transaction(async (sql) => {
      const [row] = await sql.rows<{ account: number }>('select account from devices where id = $1', [
        device,
      ]);
      return row?.account;
    });
  }

  load(account: number, device: Uint8Array, amount: number, purpose = 0): Promise<void> {
    return accounts.load(this.context, account, device, amount, purpose);
  }

  /** See `give`. */
  give(account: number, device: Uint8Array, amount: number, gift: Gift): Promise<number> {
    return give(this.context, account, device, amount, gift);
  }

  unload(account: number, device: Uint8Array, amount: number): Promise<void> {
    return accounts.unload(this.context, account, device, amount);
  }

  balance(account: number): Promise<accounts.Balance> {
    return accounts.balance(this.context, account);
  }

  /** See `history`. */
  history(account: number, linesMax = 100, before = Number.MAX_SAFE_INTEGER): Promise<HistoryLine[]> {
    return history(this.context, account, Math.min(linesMax, HISTORY_LINES_MAX), before);
  }

  /** A merchant's end of day: see `day`. */
  day(account: number, from_s: number): Promise<TerminalDay[]> {
    return day(this.context, account, from_s);
  }

  /** A receipt that stands alone, of the payment in entry `sequence` of the device's journal. */
  receipt(account: number, device: Uint8Array, sequence: number): Promise<Uint8Array> {
    return receiptOf(this.context, account, device, sequence);
  }

  /** What the registration centre has of the payment in entry `sequence` of the device's journal (R21). */
  record(device: Uint8Array, sequence: number): Promise<RegistryRecord> {
    return recordOf(this.context, device, sequence);
  }

  /** 32 random bytes for `enrol` to answer. */
  challenge(): Promise<Uint8Array> {
    return challenge(this.context);
  }

  enrol(request: Enrolment): Promise<Personalisation> {
    return enrol(this.context, request);
  }

  /** A stronger identity of the device's holder, by its next sync: see `certificates.raiseTier`. */
  raiseTier(device: Uint8Array, tier: number): Promise<void> {
    return raiseTier(this.context, device, tier);
  }

  limitsOf(device: Uint8Array): Promise<Limits> {
    return accounts.limitsOf(this.context, device);
  }

  /** The new profile; the device gets it at its next sync. */
  setLimits(device: Uint8Array, limits: Limits): Promise<Uint8Array> {
    return accounts.setLimits(this.context, device, limits);
  }

  /** A planned move to another device of the account: see `moveDevice`. */
  move(from: Uint8Array, to: Uint8Array): Promise<void> {
    return moveDevice(this.context, from, to);
  }

  /** The next sync of the device unlocks its PIN. */
  async unlockPin(device: Uint8Array): Promise<void> {
    await this.context.database.transaction(async (sql) => {
      await accounts.deviceRow(sql, device);
      await sql.rows('update devices set unlock_pin = true where id = $1', [device]);
    });
  }

  /**
   * Stops the device (R9). What it still has goes to the account at its next sync; without one, what becomes
   * of it is the bank's rule for lost money.
   */
  async reportLost(device: Uint8Array): Promise<void> {
    await this.context.database.transaction((sql) => takeForLost(this.context, sql, device));
  }

  get lostMoney(): LostMoney {
    return this.context.lostMoney;
  }

  /**
   * What came back for a lost device, once it can be had: `tick` does the same by itself. `isHandedIn`: see
   * `recoverDevice`.
   */
  recover(device: Uint8Array, isHandedIn = false): Promise<Recovered[]> {
    return recoverDevice(this.context, device, isHandedIn);
  }

  /** Stops the device until that is lifted. What it has goes to the account at its next sync. */
  suspend(device: Uint8Array): Promise<void> {
    return this.context.database.transaction((sql) => suspend(sql, device));
  }

  liftSuspension(device: Uint8Array): Promise<void> {
    return this.context.database.transaction((sql) => liftSuspension(sql, device));
  }

  /** Settlements that devices have declined, and why: the latest first. */
  declined(): Promise<Declined[]> {
    return this.context.database.transaction((sql) =>
      sql.rows<Declined>('select device, at_s, refusal, object from declined order by id desc'),
    );
  }

  /** A sync with `operator` (default: the first); any device may sync with any of them. */
  openSync(operator?: number): SyncSession {
    const { operators } = this.context.keys;
    const keys = operators.get(operator ?? [...operators.keys()][0]);
    if (!keys) throw new BankError('unknown-operator', `no operator ${operator}`);
    return new SyncSession(this.context, keys, this.intake);
  }

  freezeReserves(operator: number, amount: number, currency = this.currency): Promise<void> {
    return centralBank.freezeReserves(this.context, operator, currency, amount);
  }

  releaseReserves(operator: number, amount: number, currency = this.currency): Promise<void> {
    return centralBank.releaseReserves(this.context, operator, currency, amount);
  }

  /**
   * A new signing key for an operator, in use from `from_s` on. Throws BankError `unknown-operator`, `time`,
   * `endorsements`.
   */
  renewOperatorKey(operator: number, from_s: number): Promise<EndorsedKey> {
    return centralBank.renewOperatorKey(this.context, operator, from_s);
  }

  /** The keys of all operators, the oldest first, and what each does now. */
  operatorKeys(): KeyTold[] {
    return keysTold(this.context.keys, this.context.time_s);
  }

  /** Of what the operator has out and may still issue, how much it must freeze: parts in a thousand (R18). */
  setReserveRatio(operator: number, permille: number): Promise<void> {
    return centralBank.setReserveRatio(this.context, operator, permille);
  }

  reserves(operator: number, currency = this.currency) {
    return centralBank.reserves(this.context, operator, currency);
  }

  /** Moves bank time on, and does what is due. For whoever has the bank in hand. */
  tick(now_s: number): Promise<void> {
    return tick(this.context, now_s);
  }

  /** The same for whoever comes from outside. */
  async signedTick(step: ClockStep): Promise<void> {
    requireSigned(this.context, this.context.crypto, step);
    await tick(this.context, step.now_s);
  }

  /** A step from the present time to `now_s`, signed by an operator. */
  signClockStep(operator: number, now_s: number): ClockStep {
    const keys = this.context.keys.operators.get(operator);
    if (!keys) throw new BankError('unknown-operator', `no operator ${operator}`);
    const { time_s, crypto } = this.context;
    const { signingKey } = keyInUse(keys, time_s);
    const statement = clockStatement(time_s, now_s);
    return { now_s, operator, signature: crypto.ed25519Sign(signingKey, statement) };
  }

  /** Entries of the device's journal that the bank could not use. */
  asides(device: Uint8Array): Promise<Aside[]> {
    return this.context.database.transaction((sql) =>
      sql.rows<Aside>('select * from asides where device = $1 order by sequence', [device]),
    );
  }

  /** Rules that devices broke, on the bank's own word: where no third party could check it. */
  breaches(): Promise<(Breach & { at_s: number })[]> {
    return this.context.database.transaction((sql) =>
      sql.rows('select device, rule, sequence, at_s from breaches order by at_s, device, rule'),
    );
  }

  hotList(): Promise<HotDevices> {
    return this.context.database.transaction(hotDevices);
  }

  /** Each stands alone: see `verifyProof`. */
  proofs(): Promise<ProofRecord[]> {
    return this.context.database.transaction((sql) =>
      sql.rows<ProofRecord>('select device, kind, bytes, at_s from proofs order by id'),
    );
  }

  /** What the books say that a device holds, and where the value of each transfer is (by its hash in hex). */
  positions(): Promise<Positions> {
    return positions(this.context, this.currency);
  }

  /** The same of what one device holds. */
  holdingOf(device: Uint8Array): Promise<Holding> {
    return holdingOf(this.context, device, this.currency);
  }

  audit(): Promise<Audit> {
    return audit(this.context);
  }

  /**
   * Books and keys as they are now: a tar archive under gzip, for `tapnote bank restore`. Throws BankError
   * `backup` where the books are on a server.
   */
  backup(): Promise<Uint8Array> {
    return this.context.backup();
  }

  /** Devices that have not synced since the books were put back to an earlier time. */
  resuming(): Promise<Resuming[]> {
    return this.context.database.transaction(resuming);
  }

  close(): Promise<void> {
    return this.context.database.close();
  }
}
