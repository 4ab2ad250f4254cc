import type { AccountStanding } from './account-events.js';
import type {
  AccountsStep,
  DepositStep,
  JourneysStep,
  LeaveStep,
  PoolStep,
  UploadStep,
} from './account-scenario.js';
import { refusalOf } from './bank-steps.js';
import { checkExpected } from './expected.js';
import type { Play } from './play.js';
import { stationName } from './transit.js';

/** The steps in which bills are deducted, and users meet their platform. */
export class AccountSteps {
  constructor(private readonly play: Play) {}

  async upload({ at, expect }: UploadStep): Promise<void> {
    const { site } = this.play.stage;
    const gates = at === undefined ? [...site.gates.keys()] : typeof at === 'string' ? [at] : at;
    let aside = 0;
    for (const name of gates) {
      const gate = site.gate(name);
      const before = gate.amount;
      const { taken, asides } = await site.upload(name);
      aside += asides.length;
      const reasons = asides.map(([, reason]) => reason);
      this.play.tell({ kind: 'upload', at: name, taken, amount: before - gate.amount, asides: reasons });
    }
    if (expect && expect.aside !== aside)
      this.play.unmet(`expected ${expect.aside} bills to be set aside, got ${aside}`);
  }

  async deposit({ who, amount }: DepositStep): Promise<void> {
    const { site, town } = this.play.stage;
    const account = site.account(who);
    await town.tick();
    const before = await this.#owed(account);
    await town.bank.deposit(account, amount);
    const recovered = before - (await this.#owed(account));
    this.play.tell({ kind: 'deposit', who, amount, recovered });
  }

  async leave({ who, expect }: LeaveStep): Promise<void> {
    const { site, town } = this.play.stage;
    await town.tick();
    let state: 'leaving' | 'left' | undefined;
    const refused = (
      await refusalOf(async () => {
        ({ state } = await town.bank.platform.leave(site.account(who)));
      })
    )?.detail;
    this.play.tell({ kind: 'leave', who, state, refused });
    checkExpected(this.play, expect, { refused, outcome: state });
  }

  async accounts({ expect = {} }: AccountsStep): Promise<void> {
    const { site, town } = this.play.stage;
    await town.tick();
    const accounts: AccountStanding[] = [];
    for (const [name, account] of [...site.users, ...site.merchants]) {
      const { available: has } = await town.bank.balance(account);
      const record = (await town.bank.platform.creditRecord(account)).map(({ what }) => what);
      accounts.push({ name, has, owes: await this.#owed(account), record });
    }
    this.play.tell({ kind: 'accounts', accounts });
    for (const [name, wanted] of Object.entries(expect)) {
      const got = accounts.find((each) => each.name === name);
      for (const key of ['has', 'owes'] as const) {
        if (wanted[key] === undefined || wanted[key] === got?.[key]) continue;
        const what = key === 'has' ? 'have' : 'owe';
        this.play.unmet(`expected ${name} to ${what} ${wanted[key]}, got ${got?.[key] ?? 'none'}`);
      }
    }
  }

  async #owed(account: number): Promise<number> {
    const debts = await this.play.stage.town.bank.platform.debts(account);
    return debts.filter(({ state }) => state !== 'borne').reduce((sum, { remaining }) => sum + remaining, 0);
  }

  async journeys({ who, expect }: JourneysStep): Promise<void> {
    const { site, town, scenario } = this.play.stage;
    await town.tick();
    const told = await town.bank.platform.journeys(site.account(who));
    const journeys = told.map(({ entry, exit, fare, charge }) => ({
      from: entry && stationName(scenario, entry.station),
      to: exit && stationName(scenario, exit.station),
      time_s: (entry ?? exit)?.time_s ?? 0,
      fare,
      charge,
    }));
    this.play.tell({ kind: 'journeys', who, journeys });
    const got = journeys.map(({ charge }) => charge).join(', ');
    if (expect && expect.join(', ') !== got)
      this.play.unmet(`expected charges of ${expect.join(', ')}, got ${got === '' ? 'none' : got}`);
  }

  pool({ is }: PoolStep): void {
    this.play.stage.site.isPoolUp = is === 'up';
    this.play.tell({ kind: 'pool', up: is === 'up' });
  }
}
