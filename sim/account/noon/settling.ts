import type { Bank } from '../../bank/bank.js';
import { defaultParameters } from '../../bank/context.js';
import { uploadBills } from '../upload-bills.js';
import type { Hour } from './hour.js';
import type { Morning } from './morning.js';
import type { NoonTerminal } from './noon-terminal.js';
import { HOUR_S, NOON_S, type NoonSize, planUsers, type UserPlan } from './plan.js';

/** The network is there again: long after the hour, and within the days that certificates hold. */
const BACK_S = NOON_S + 3 * HOUR_S;
/** One debtor in so many pays back. */
const PAYS_BACK = 2;

/** Processor time, and time of the clock, since something began. */
export interface Spent {
  readonly cpu_s: number;
  readonly wall_s: number;
}

/** Users and minor units. */
export interface Credit {
  readonly users: number;
  readonly amount: number;
}

export interface SettlingTold {
  readonly uploaded: number;
  /** Bills that somebody pays, and what they come to; and those that nobody pays, by reason. */
  readonly settled: number;
  readonly amount: number;
  readonly asides: Readonly<Record<string, number>>;
  readonly spent: Spent;
  readonly given: Credit;
  readonly recovered: Credit;
  readonly writtenOff: Credit;
  readonly open: Credit;
  readonly faults: readonly string[];
}

/** What the books must say of a user: counted apart from the bank. Minor units. */
interface User extends UserPlan {
  readonly account: number;
  billed: number;
}

/**
 * All bills come in at once, and are deducted; then time goes by: some pay back what the platform has paid
 * for them, some do not. `meter`: starts to measure, and gives what was spent when it is called.
 */
export async function settle(
  bank: Bank,
  size: NoonSize,
  morning: Morning,
  hour: Hour,
  meter: () => () => Spent,
): Promise<SettlingTold> {
  await bank.tick(BACK_S);
  const stop = meter();
  const uploads = await Promise.all(hour.terminals.map((terminal) => upload(bank, terminal)));
  const spent = stop();
  const books = new Books(bank, expect(size, morning, hour, uploads), morning.site);
  await books.check('settled');
  const totals = await bank.platform.billTotals(morning.site);
  const sums = totals.filter(({ state }) => state !== 'aside');
  const asides: Record<string, number> = {};
  for (const { reason, bills, state } of totals) if (state === 'aside') asides[reason] = bills;
  const told = {
    uploaded: uploads.reduce((sum, { taken }) => sum + taken, 0),
    settled: sums.reduce((sum, { bills }) => sum + bills, 0),
    amount: sums.reduce((sum, { amount }) => sum + amount, 0),
    ...{ asides, spent },
  };
  return { ...told, ...(await books.recover()), faults: [...books.faults, ...faultsOfCounts(hour, told)] };
}

interface Uploads {
  readonly terminal: NoonTerminal;
  readonly taken: number;
  readonly asides: ReadonlySet<number>;
}

async function upload(bank: Bank, terminal: NoonTerminal): Promise<Uploads> {
  const { pos, id } = terminal;
  const { taken, asides } = await uploadBills(pos, id, (bills) => bank.platform.upload(bills));
  return { terminal, taken, asides: new Set(asides.map(([sequence]) => sequence)) };
}

function faultsOfCounts(
  { told: { bills } }: Hour,
  { uploaded, settled, asides }: Pick<SettlingTold, 'uploaded' | 'settled' | 'asides'>,
): string[] {
  const aside = Object.values(asides).reduce((sum, count) => sum + count, 0);
  const isWhole = bills === uploaded && uploaded === settled + aside;
  return isWhole
    ? []
    : [`${bills} bills booked, ${uploaded} uploaded, ${settled} settled, ${aside} set aside`];
}

/** By what those who have served them remember, and by what the bank has said of each bill. */
function expect(size: NoonSize, { users }: Morning, { booked }: Hour, uploads: readonly Uploads[]): User[] {
  const asides = new Map(uploads.map((each) => [each.terminal, each.asides]));
  const expected = planUsers(size).map((plan, i) => ({ ...plan, account: users[i].account, billed: 0 }));
  for (const { terminal, sequence, user, amount } of booked)
    if (!asides.get(terminal)!.has(sequence)) expected[user].billed += amount;
  return expected;
}

/** What a user owes once its bills are here, and before it pays back. */
const owes = ({ billed, deposit }: User): number => Math.max(0, billed - deposit);

const credit = (users: readonly User[]): Credit => ({
  users: users.length,
  amount: users.reduce((sum, user) => sum + owes(user), 0),
});

/** The bank’s books beside what each user has and owes. */
class Books {
  readonly faults: string[] = [];
  readonly #debtors: readonly User[];

  constructor(
    private readonly bank: Bank,
    private readonly users: readonly User[],
    private readonly site: number,
  ) {
    this.#debtors = users.filter((user) => owes(user) > 0);
  }

  /** Money and accounts together, to the last minor unit; each debt by the name of who owes it. */
  async check(when: string, paidBack: ReadonlySet<User> = new Set()): Promise<void> {
    const { bank, site, users } = this;
    const { faults, currencies } = await bank.audit();
    this.faults.push(...faults.map((fault) => `${when}: ${fault}`));
    const billed = users.reduce((sum, user) => sum + user.billed, 0);
    const kept = users.reduce((sum, { deposit, billed: spent }) => sum + Math.max(0, deposit - spent), 0);
    this.#same(`${when}: the site has`, (await bank.balance(site)).available, billed);
    this.#same(`${when}: all accounts have`, currencies[bank.currency].available, billed + kept);
    const owed = new Map<number, number>();
    for (const { account, remaining } of await bank.platform.debts())
      owed.set(account, (owed.get(account) ?? 0) + remaining);
    for (const user of users) {
      const due = paidBack.has(user) ? 0 : owes(user);
      this.#same(`${when}: ${user.name} owes`, owed.get(user.account) ?? 0, due);
      owed.delete(user.account);
    }
    for (const [account, amount] of owed) this.#same(`${when}: account ${account} owes`, amount, 0);
  }

  /** Some pay back; what the others owe is written off, or stands open. */
  async recover(): Promise<Pick<SettlingTold, 'given' | 'recovered' | 'writtenOff' | 'open'>> {
    const { bank } = this;
    const paying = this.#debtors.filter((_, i) => i % PAYS_BACK === 0);
    for (const user of paying) await bank.deposit(user.account, owes(user));
    await bank.tick(bank.time_s + defaultParameters.writeOffAfter_s);
    await this.check('half a year later', new Set(paying));
    const states = new Map<number, Set<string>>();
    for (const { account, state } of await bank.platform.debts())
      states.set(account, (states.get(account) ?? new Set()).add(state));
    const isLost = (user: User): boolean => states.get(user.account)?.has('written-off') ?? false;
    const others = this.#debtors.filter((user) => !paying.includes(user));
    for (const user of others)
      if (!states.has(user.account)) this.faults.push(`the debt of ${user.name} is gone`);
    return {
      given: credit(this.#debtors),
      recovered: credit(paying),
      writtenOff: credit(others.filter(isLost)),
      open: credit(others.filter((user) => !isLost(user))),
    };
  }

  #same(what: string, found: number, due: number): void {
    if (found !== due) this.faults.push(`${what} ${found}, not ${due}`);
  }
}
