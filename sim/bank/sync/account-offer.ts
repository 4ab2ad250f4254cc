import { AccountCertificate, PSEUDONYM_BYTES } from '../../../firmware/account/account-certificate.js';
import { behind, sameBytes } from '../../../firmware/bytes.js';
import { ACCOUNT_OFFERED, Answer, SyncRefusal } from '../../../firmware/protocol/sync-message.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { issueAccountCertificate } from '../platform/certificates.js';
import { readDevice } from './device-state.js';

const KEY_BYTES = 32;
const REQUEST_BYTES = KEY_BYTES + PSEUDONYM_BYTES;
/** Of an account, the latest: more than a user has devices. */
const CERTIFICATES_MAX = 32;

/**
 * How a sync ends: a device whose account is billed by a platform (R27) may ask for an account certificate,
 * once. What is settled is settled, whatever becomes of this.
 */
export class AccountOffer {
  /** The device that may ask. */
  #device: Uint8Array | undefined;

  constructor(private readonly context: Context) {}

  get isOpen(): boolean {
    return this.#device !== undefined;
  }

  /** The message that says that the sync is done. */
  async done(device: Uint8Array): Promise<Uint8Array> {
    const isOffered = await this.context.database.transaction((sql) => isBilled(sql, device), true);
    if (!isOffered) return Uint8Array.of(Answer.done);
    this.#device = device;
    return Uint8Array.of(Answer.done, ACCOUNT_OFFERED);
  }

  /** Answers Ask.account, by CodeMaker's `request`; nothing where the platform gives no certificate. */
  async answer(message: Uint8Array): Promise<Uint8Array> {
    const device = this.#device;
    this.#device = undefined;
    if (!device) return Uint8Array.of(Answer.refused, SyncRefusal.order);
    const request = message.slice(1);
    if (request.length === 0) return Uint8Array.of(Answer.account);
    if (request.length !== REQUEST_BYTES) return Uint8Array.of(Answer.refused, SyncRefusal.malformed);
    const certificate = await this.#certificate(device, request);
    return certificate ? behind(Answer.account, certificate) : Uint8Array.of(Answer.account);
  }

  /**
   * What was issued for the same request, and is not ageing, comes again: the answer to the first may have
   * been lost, and each that is issued promises a quota. Who owes the platform gets none, and keeps what they
   * have.
   */
  async #certificate(device: Uint8Array, request: Uint8Array): Promise<Uint8Array | undefined> {
    const { context } = this;
    const key = request.slice(0, KEY_BYTES);
    const known = await context.database.transaction(async (sql) => {
      const state = await readDevice(sql, device);
      if (!state || !sameBytes(key, state.signing_key)) return undefined;
      return { account: state.account, last: await lastCertificate(sql, state.account, key) };
    }, true);
    if (!known) return undefined;
    const { account, last } = known;
    const isAnswer =
      last && !last.isAgeing(context.time_s) && !sameBytes(last.pseudonym, request.subarray(KEY_BYTES));
    if (isAnswer) return last.bytes;
    try {
      return await issueAccountCertificate(context, account, key);
    } catch (error) {
      if (error instanceof BankError) return undefined;
      throw error;
    }
  }
}

/** Whether there is anything to ask for: an account that is billed by a platform, and does not leave it. */
async function isBilled(sql: Sql, device: Uint8Array): Promise<boolean> {
  const rows = await sql.rows(
    `select t.account from devices d join user_terms t on t.account = d.account
     where d.id = $1 and not d.suspended and t.leaving_s is null`,
    [device],
  );
  return rows.length > 0;
}

/** Of those that hold for the key: an account may have several devices. */
async function lastCertificate(
  sql: Sql,
  account: number,
  key: Uint8Array,
): Promise<AccountCertificate | undefined> {
  const rows = await sql.rows<{ bytes: Uint8Array }>(
    `select bytes from account_certificates where account = $1 and revoked_s is null
     order by until_s desc, serial desc limit ${CERTIFICATES_MAX}`,
    [account],
  );
  return rows
    .map(({ bytes }) => AccountCertificate.parse(bytes))
    .find((each) => each !== undefined && sameBytes(each.publicKey, key));
}
