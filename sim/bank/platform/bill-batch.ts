import { type Bill, BillKind, Means } from '../../../firmware/account/bill.js';
import { sameBytes } from '../../../firmware/bytes.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { type BillRow, insertBills, updateBills } from './bill-rows.js';
import { revoke } from './certificates.js';
import {
  type AsideReason,
  checkCode,
  checkTime,
  codeIn,
  hasCode,
  isKnownRevoked,
  isOfOtherCategory,
  isOverdue,
  type SentBill,
} from './check-bill.js';
import { settleFares } from './fares.js';
import { Funds, type Party } from './funds.js';
import type { PlatformKey } from './platform-keys.js';
import type { Replica } from './replica.js';
import { Sales } from './sales.js';
import type { TerminalRow } from './terminals.js';

const DAY_S = 86_400;

interface CertificateRow {
  readonly operator: number;
  readonly serial: number;
  readonly account: number;
  readonly quota: number;
  billed: number;
  readonly until_s: number;
  revoked_s: number | null;
  readonly bytes: Uint8Array;
}

/** A number of a certificate that has paid. */
interface Use {
  readonly site: number;
  /** Compact bytes of the code. */
  readonly evidence: Uint8Array;
}

/** Whose a bill is, once it has been found good. */
interface Charge {
  readonly user: Party;
  readonly certificate?: CertificateRow;
  /** The user has signed the amount. */
  readonly isPriced: boolean;
  /** Nothing was kept for it any more when it came. */
  readonly isLate?: boolean;
}

interface SetAside {
  readonly aside: AsideReason;
}
type Verdict = SetAside | Charge;

const isAside = (verdict: Verdict): verdict is SetAside => 'aside' in verdict;

/**
 * Bills of any terminals that are taken in one transaction: read at once, judged one after another in the
 * order in which they came, written at once. That order decides whose code was first.
 */
export class BillBatch {
  readonly funds: Funds;
  readonly #sales = new Sales();
  readonly #rows: BillRow[] = [];
  readonly #changed = new Set<BillRow>();
  readonly #certificates = new Map<string, CertificateRow>();
  /** By certificate and number of the code, where it has paid. */
  readonly #uses = new Map<string, Use[]>();
  /** By terminal and sequence, bills that refunds are of. */
  readonly #sold = new Map<string, BillRow>();
  /** By account and day of the terminal's clock, what bills by face come to. */
  readonly #faces = new Map<string, number>();
  readonly #faceDayMax = new Map<number, number>();
  readonly #copied = new Map<number, Set<number>>();
  readonly #platforms: readonly PlatformKey[];

  constructor(
    private readonly context: Context,
    private readonly sql: Sql,
  ) {
    this.funds = new Funds(context, sql);
    this.#platforms = [...context.keys.platforms.values()];
  }

  /** What is known of whatever these bills are about. */
  async read(bills: readonly { readonly terminal: TerminalRow; readonly sent: SentBill }[]): Promise<void> {
    const known = bills.flatMap(({ sent: { bill } }) => {
      const platform = this.#platformOf(bill);
      return platform ? [{ bill, operator: platform.number }] : [];
    });
    const coded = known.filter(({ bill }) => hasCode(bill));
    const faces = known.filter(({ bill }) => isOfFace(bill));
    await this.#readCertificates(coded);
    await this.#readUses(coded);
    await this.#readSold(bills.map(({ terminal, sent }) => ({ id: terminal.id, bill: sent.bill })));
    await this.#readFaces(faces.map(({ bill }) => bill));
    await this.funds.read([
      ...bills.map(({ terminal }) => terminal.account),
      ...[...this.#certificates.values()].map(({ account }) => account),
      ...faces.map(({ bill }) => bill.serial),
      ...[...this.#sold.values()].flatMap(({ account, site }) => [site, account ?? site]),
    ]);
  }

  #platformOf(bill: Bill): PlatformKey | undefined {
    return this.#platforms.find(({ id }) => sameBytes(id, bill.platform));
  }

  async #readCertificates(coded: readonly { bill: Bill; operator: number }[]): Promise<void> {
    if (coded.length === 0) return;
    const rows = await this.sql.rows<CertificateRow>(
      `select distinct c.operator, c.serial, c.account, c.quota, c.billed, c.until_s, c.revoked_s, c.bytes
       from unnest($1::int[], $2::bigint[]) as x (operator, serial)
       join account_certificates c on c.operator = x.operator and c.serial = x.serial`,
      [coded.map(({ operator }) => operator), coded.map(({ bill }) => bill.serial)],
    );
    for (const row of rows) this.#certificates.set(`${row.operator} ${row.serial}`, row);
  }

  async #readUses(coded: readonly { bill: Bill; operator: number }[]): Promise<void> {
    if (coded.length === 0) return;
    const rows = await this.sql.rows<Use & { operator: number; serial: number; counter: number }>(
      `select b.operator, b.serial, b.counter, b.site, b.evidence
       from unnest($1::int[], $2::bigint[], $3::bigint[]) as x (operator, serial, counter)
       join bills b on b.operator = x.operator and b.serial = x.serial and b.counter = x.counter
       where b.state <> 'aside'`,
      [
        coded.map(({ operator }) => operator),
        coded.map(({ bill }) => bill.serial),
        coded.map(({ bill }) => bill.counter),
      ],
    );
    for (const row of rows) this.#used(codeName(row.operator, row), row);
  }

  async #readSold(bills: readonly { id: Uint8Array; bill: Bill }[]): Promise<void> {
    const refunds = bills.filter(({ bill }) => bill.kind === BillKind.refund);
    if (refunds.length === 0) return;
    const rows = await this.sql.rows<BillRow>(
      `select b.* from unnest($1::bytea[], $2::bigint[]) as x (terminal, sequence)
       join bills b on b.terminal = x.terminal and b.sequence = x.sequence`,
      [refunds.map(({ id }) => id), refunds.map(({ bill }) => bill.refers)],
    );
    for (const row of rows) this.#sold.set(soldName(row.terminal, row.sequence), row);
    await this.funds.readDebts(rows);
  }

  async #readFaces(bills: readonly Bill[]): Promise<void> {
    if (bills.length === 0) return;
    const accounts = [...new Set(bills.map(({ serial }) => serial))];
    const terms = await this.sql.rows<{ account: number; most: number }>(
      `select account, face_day_max as most from user_terms
       where account = any($1::int[])`,
      [accounts],
    );
    for (const { account, most } of terms) this.#faceDayMax.set(account, most);
    const days = bills.map(({ time_s }) => Math.floor(time_s / DAY_S));
    const rows = await this.sql.rows<{ account: number; day: number; amount: number }>(
      `select account, time_s / ${DAY_S} as day, sum(amount - returned)::bigint as amount from bills
       where means = ${Means.face} and account = any($1::int[]) and time_s >= $2 and time_s < $3
         and state <> 'aside' and kind <> ${BillKind.refund} group by 1, 2`,
      [accounts, Math.min(...days) * DAY_S, (Math.max(...days) + 1) * DAY_S],
    );
    for (const { account, day, amount } of rows) this.#faces.set(`${account} ${day}`, amount);
  }

  #used(name: string, use: Use): void {
    const uses = this.#uses.get(name);
    if (uses) uses.push(use);
    else this.#uses.set(name, [use]);
  }

  /** Takes the next bill of a terminal, whose signature and place in its chain are right. */
  take(terminal: TerminalRow, replica: Replica, sent: SentBill): BillRow {
    const { bill, hash, evidence } = sent;
    const platform = this.#platformOf(bill);
    replica.moveTo(bill.time_s);
    const verdict = this.#judge(terminal, replica, platform, sent);
    const isCoded = hasCode(bill);
    const row: BillRow = {
      terminal: terminal.id,
      sequence: bill.sequence,
      ...{ hash, bytes: bill.bytes, evidence },
      operator: platform?.number ?? null,
      serial: isCoded ? bill.serial : null,
      counter: isCoded ? bill.counter : null,
      account: isAside(verdict) ? null : verdict.user.id,
      site: terminal.account,
      ...{ kind: bill.kind, means: bill.means, amount: bill.amount, refers: bill.refers },
      ...{ time_s: bill.time_s, taken_s: this.context.time_s },
      state: isAside(verdict) ? 'aside' : 'paid',
      reason: isAside(verdict) ? verdict.aside : '',
      bearer: isAside(verdict) ? 'nobody' : 'user',
      ...{ returned: 0, batch: null },
    };
    if (!isAside(verdict)) this.#settle(row, verdict);
    this.#rows.push(row);
    this.#sold.set(soldName(row.terminal, row.sequence), row);
    replica.count(bill);
    terminal.sequence = bill.sequence;
    terminal.head = hash;
    // A date that no clock can have had yet is nothing that the next one could be before.
    if (row.reason !== 'ahead') terminal.time_s = Math.max(terminal.time_s, bill.time_s);
    return row;
  }

  #judge(
    terminal: TerminalRow,
    replica: Replica,
    platform: PlatformKey | undefined,
    sent: SentBill,
  ): Verdict {
    const { bill } = sent;
    if (terminal.why !== '') return { aside: 'suspended' };
    const late = checkTime(this.context, terminal, bill);
    if (late) return { aside: late };
    if (!platform) return { aside: 'platform' };
    if (isOfOtherCategory(terminal, bill)) return { aside: 'category' };
    if (bill.kind === BillKind.refund) return this.#judgeRefund(terminal, bill);
    return bill.means === Means.face
      ? this.#judgeFace(terminal, platform, bill)
      : this.#judgeCode(terminal, replica, platform, sent);
  }

  #judgeCode(terminal: TerminalRow, replica: Replica, key: PlatformKey, sent: SentBill): Verdict {
    const { bill, evidence } = sent;
    if (!sameBytes(this.context.crypto.sha256(evidence), bill.evidence)) return { aside: 'evidence' };
    const code = codeIn(evidence);
    if (!code) return { aside: 'code-malformed' };
    const aside = checkCode(this.context, { key, terminal, replica }, sent, code);
    if (aside) return { aside };
    const certificate = this.#certificates.get(`${key.number} ${bill.serial}`);
    if (!certificate || !sameBytes(certificate.bytes, code.certificate.bytes))
      return { aside: 'certificate' };
    if (isKnownRevoked(terminal, certificate.revoked_s, bill)) return { aside: 'code-hot-listed' };
    const uses = this.#uses.get(codeName(key.number, bill));
    if (uses?.some(({ site }) => site === terminal.account)) return { aside: 'code-seen' };
    const user = this.funds.party(certificate.account)!;
    if (this.#hasLeft(user)) return { aside: 'late' };
    const { until_s, revoked_s } = certificate;
    const isLate = isOverdue(this.context, Math.min(until_s, revoked_s ?? until_s));
    const isPriced = code.amount !== undefined;
    return this.#wrongParty(terminal, user) ?? { user, certificate, isPriced, isLate };
  }

  /** Its money is free: on the word that all bills were in by then. */
  #hasLeft({ leaving_s }: Party): boolean {
    return leaving_s !== null && isOverdue(this.context, leaving_s);
  }

  #wrongParty({ account, currency }: TerminalRow, user: Party): SetAside | undefined {
    if (user.currency !== currency) return { aside: 'currency' };
    return user.id === account ? { aside: 'self' } : undefined;
  }

  /** A face is the merchant's word: it is good for what the user has agreed to, until it leaves. */
  #judgeFace(terminal: TerminalRow, { number }: PlatformKey, bill: Bill): Verdict {
    const user = this.funds.party(bill.serial);
    if (!user || user.operator !== number) return { aside: 'face' };
    if (this.#hasLeft(user)) return { aside: 'late' };
    const { leaving_s } = user;
    if (leaving_s !== null && bill.time_s > leaving_s + terminal.limits.clocksApart_s)
      return { aside: 'face' };
    const day = `${user.id} ${Math.floor(bill.time_s / DAY_S)}`;
    const sum = (this.#faces.get(day) ?? 0) + bill.amount;
    if (sum > (this.#faceDayMax.get(user.id) ?? 0)) return { aside: 'face' };
    const wrong = this.#wrongParty(terminal, user);
    if (wrong) return wrong;
    this.#faces.set(day, sum);
    return { user, isPriced: false };
  }

  #judgeRefund(terminal: TerminalRow, bill: Bill): Verdict {
    const sold = this.#sold.get(soldName(terminal.id, bill.refers));
    // What a merchant gives back while a dispute is open is the user's all the same.
    const isOpen = sold && sold.state !== 'aside' && sold.kind !== BillKind.refund && sold.bearer !== 'site';
    if (!isOpen || sold.account === null || bill.amount > sold.amount - sold.returned)
      return { aside: 'refund' };
    return { user: this.funds.party(sold.account)!, isPriced: false };
  }

  #settle(row: BillRow, charge: Charge): void {
    if (row.kind === BillKind.refund) this.#payBack(row, charge.user);
    else this.#charge(row, charge);
  }

  #payBack(row: BillRow, user: Party): void {
    const sold = this.#sold.get(soldName(row.terminal, row.refers))!;
    const site = this.funds.party(row.site)!;
    sold.returned += row.amount;
    this.#changed.add(sold);
    const from = this.funds.take(site, row.amount, row);
    const to = this.funds.giveBack(user, row.amount, sold);
    this.funds.movePieces(from, to, user.currency, 'refund', row);
  }

  /** Who bears it is decided here, by the rule in README.md. */
  #charge(row: BillRow, { user, certificate, isPriced, isLate }: Charge): void {
    if (certificate) {
      const code = codeName(row.operator!, { serial: row.serial!, counter: row.counter! });
      const uses = this.#uses.get(code) ?? [];
      // Of two codes under one number the user has signed both, and owes both.
      const isCopy = uses.some(({ evidence }) => sameBytes(evidence, row.evidence));
      const isCovered = certificate.billed + row.amount <= certificate.quota;
      if (uses.length > 0) this.#copy(certificate);
      this.#used(code, row);
      if (isCopy && (isPriced || !isCovered)) {
        row.bearer = 'platform';
        if (!isPriced) this.funds.record(user.id, 'copied', row.amount);
      } else certificate.billed += row.amount;
    }
    if (row.amount === 0) return;
    const from =
      row.bearer === 'platform'
        ? [this.funds.owe(user, row.amount, row, 'borne')]
        : this.funds.take(user, row.amount, row, isLate);
    this.#sales.add(row, user, from);
    this.funds.give(this.funds.party(row.site)!, row.amount);
  }

  #copy({ operator, serial }: CertificateRow): void {
    const serials = this.#copied.get(operator);
    if (serials) serials.add(serial);
    else this.#copied.set(operator, new Set([serial]));
  }

  async write(): Promise<void> {
    const { context, sql } = this;
    await this.#sales.write(context, sql, this.funds);
    await insertBills(sql, this.#rows);
    const isNew = new Set(this.#rows);
    await updateBills(
      sql,
      [...this.#changed].filter((row) => !isNew.has(row)),
    );
    await settleFares(sql, this.funds, [...this.#rows, ...this.#changed]);
    await this.#writeBilled();
    for (const [operator, serials] of this.#copied)
      await revoke(context, sql, 'copied', { operator, serials: [...serials] });
    await this.funds.write();
  }

  async #writeBilled(): Promise<void> {
    const rows = [...this.#certificates.values()];
    if (rows.length === 0) return;
    await this.sql.rows(
      `update account_certificates c set billed = x.billed
       from unnest($1::int[], $2::bigint[], $3::bigint[]) as x (operator, serial, billed)
       where c.operator = x.operator and c.serial = x.serial and c.billed <> x.billed`,
      [rows.map((row) => row.operator), rows.map((row) => row.serial), rows.map((row) => row.billed)],
    );
  }
}

/** A bill of an account that its terminal names; no account has a number above AMOUNT_MAX. */
const isOfFace = ({ kind, means, serial }: Bill): boolean =>
  means === Means.face && kind !== BillKind.refund && serial <= AMOUNT_MAX;

const codeName = (operator: number, { serial, counter }: { serial: number; counter: number }): string =>
  `${operator} ${serial} ${counter}`;

const soldName = (terminal: Uint8Array, sequence: number): string => `${hex(terminal)} ${sequence}`;
