import { AccountCode } from '../../../firmware/account/account-code.js';
import { NOTHING } from '../../../firmware/bytes.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { seededKey } from '../../account/seeded-key.js';
import type { Country } from '../country.js';
import { Violation } from '../violation.js';
import { billName } from './bill-count.js';
import { forgedCode } from './forged-code.js';
import { FORGERIES, FREEDOMS, HostileTill } from './hostile-till.js';
import { type Booked, TILL_LIMITS } from './loose-till.js';
import { Tills } from './tills.js';
import { type Shown, Users } from './users.js';

/** Of bills that have come, the latest: those that are disputed. */
const DISPUTED_MAX = 60;

/** Accounts that are billed first: users and tills, who cheats them, and what becomes of bills. */
export class Accounts {
  #hostile = 0;

  private constructor(
    private readonly country: Country,
    readonly users: Users,
    readonly tills: Tills,
  ) {}

  static async open(country: Country): Promise<Accounts> {
    const users = new Users(country);
    for (const person of [...country.people]) await users.agree(person);
    return new Accounts(country, users, await Tills.open(country));
  }

  /** Somebody pays by a code. */
  async code(): Promise<string> {
    const shown = this.users.make();
    return shown ? this.#scan(shown) : 'none';
  }

  #scan({ code, isOwn }: Shown): string {
    return this.tills.any().sell(code, this.users.amount(), isOwn);
  }

  /** A code that was shown before is shown again, there or elsewhere, as often as one likes. */
  async codeAgain(): Promise<string> {
    const { shown } = this.users;
    const { length } = shown;
    if (length === 0) return 'none';
    const again = shown[length - 1 - this.country.below(Math.min(4, length))];
    let said = 'none';
    for (let i = this.country.below(3); i >= 0; i--) said = this.#scan(again);
    return said;
  }

  /** A user works on a code of theirs: no till takes it. */
  async forge(): Promise<string> {
    const { below } = this.country;
    const shown = this.users.make();
    if (!shown) return 'none';
    const { code } = shown;
    const key = below(2) === 0 ? this.users.keyOf(code) : seededKey(hostCrypto, below(9), 'a stranger');
    const said = this.tills
      .any()
      .scan(forgedCode(below, code, key), code.amount ?? this.users.amount(), false);
    if (said === 'taken') throw new Violation('a till takes a code that its user has changed');
    return said;
  }

  /** A user signs two codes under one number, and pays with both. */
  async signTwice(): Promise<string> {
    const shown = this.users.make();
    if (!shown) return 'none';
    const { certificate, created_s, validity_s, counter } = shown.code;
    const amount = this.country.below(2) === 0 ? this.users.amount() : undefined;
    const fields = { created_s, validity_s, counter, amount };
    const other = AccountCode.build(hostCrypto, this.users.keyOf(shown.code), certificate, fields);
    this.#scan(shown);
    return this.#scan({ code: other, isOwn: false });
  }

  // Hostile tills

  /** A merchant registers a till whose key it has, and sends what it likes. */
  async hostileTill(): Promise<string> {
    const { bank, below, seed, world } = this.country;
    const site = this.tills.site();
    const key = seededKey(hostCrypto, seed, `hostile till ${this.#hostile++}`);
    await bank.platform.addTerminal(site, key.slice(32), {
      limits: TILL_LIMITS,
      scene: 0,
      tierMin: 0,
      category: 0,
    });
    const till = new HostileTill(key, site, world.now_s);
    for (let i = below(5); i >= 0; i--) this.#trick(till);
    if (till.booked.length === 0) return 'none';
    const sent = {
      terminal: till.id,
      bills: till.booked.map(({ bill, evidence }) => [bill.bytes, evidence] as const),
    };
    const { asides } = await bank.platform.upload(sent);
    const counted = {
      id: till.id,
      site,
      known: 0,
      booked: (n: number) => till.booked[n - 1],
      last: () => till.booked.length,
    };
    const aside = new Set((await this.tills.takeOf(counted)).map(([sequence]) => sequence));
    for (const [sequence, trick] of till.forged)
      if (!aside.has(sequence)) throw new Violation(`a forged bill is paid: ${trick}`);
    await this.tills.sendAgain([sent, { asides, receipt: NOTHING }]);
    await this.#breakChain(till);
    return `${till.booked.length} bills`;
  }

  #trick(till: HostileTill): void {
    const { below, world } = this.country;
    const fresh = this.users.make()?.code;
    if (!fresh) return;
    const tricks = below(3) === 0 ? FREEDOMS : FORGERIES;
    const name = this.country.pick(Object.keys(tricks));
    const before = this.country.pick(this.users.shown).code;
    const { account } = this.country.someone();
    const amount = fresh.amount ?? this.users.amount();
    till.play(name, tricks[name], { fresh, before, amount, account, now_s: world.now_s, below });
    this.country.count(`hostile till: ${name}`);
  }

  /** What breaks its chain is not read; who has signed two chains is paid nothing more. */
  async #breakChain(till: HostileTill): Promise<void> {
    const { platform } = this.country.bank;
    const send = ({ bill, evidence }: Booked) =>
      platform.upload({ terminal: till.id, bills: [[bill.bytes, evidence]] });
    const { reason, booked } = this.country.pick(till.breaks(this.country.below));
    const { stopped } = await send(booked);
    if (stopped?.[1] !== reason) throw new Violation(`a ${reason} of a terminal is answered ${stopped}`);
    this.country.count(`hostile till: ${reason}`);
    if (reason !== 'fork') return;
    const { asides } = await send(till.next());
    if (asides[0]?.[1] !== 'suspended') throw new Violation('a terminal goes on after a fork');
  }

  // What becomes of bills

  async dispute(): Promise<string> {
    const { bank, bills } = this.country;
    const { came } = bills;
    if (came.length === 0) return 'none';
    const { terminal, sequence } =
      came[came.length - 1 - this.country.below(Math.min(DISPUTED_MAX, came.length))];
    const { decided } = await bank.platform.dispute({ terminal, sequence });
    bills.disputed(billName(terminal, sequence), decided);
    return decided === '' ? 'open' : decided;
  }

  async decide(): Promise<string> {
    const { bank, bills } = this.country;
    const [open] = bills.openDisputes;
    if (!open) return 'none';
    const decided = this.country.below(2) === 0 ? 'user' : 'site';
    await bank.platform.decide(open, decided);
    bills.disputed(billName(open.terminal, open.sequence), decided);
    return decided;
  }

  /** Seconds, minutes, or most of an hour go by. */
  async wait(): Promise<string> {
    const { bank, world, below } = this.country;
    const seconds = 1 + below([60, 400, 3_000][below(3)]);
    world.now_s += seconds;
    await bank.tick(world.now_s);
    return `${seconds} s`;
  }
}
