import { faultOfDenominations } from '../bank/settlement/denominations.js';
import { pointerTo } from './json.js';
import type { Mistake } from './mistake.js';
import {
  EVERYONE,
  type GiveStep,
  listOf,
  type Names,
  needsNetwork,
  type PayStep,
  type Person,
  PULL_PHASES,
  PUSH_PHASES,
  type Scenario,
  type Step,
  seconds,
} from './scenario.js';
import { hint } from './suggest.js';
import { networkMistakes } from './transit.js';

/** What somebody who is not registered has not. */
const NOT_OF_NOBODY = ['category', 'tier', 'deposit', 'settleTo', 'billed'] as const;

/** Later, what is signed for years comes to where 32 bits of seconds end. */
const END_S = Date.UTC(2100) / 1_000;

/** What no schema can say: names that nobody has, and steps that cannot happen where they stand. */
export function findMistakes(scenario: Scenario): Mistake[] {
  return new Reading(scenario).mistakes;
}

class Reading {
  readonly mistakes: Mistake[] = [];
  readonly #people = new Set<string>();
  /** Everybody with a device: people, and the clones made so far. */
  readonly #devices = new Set<string>();
  /** Of these sets it is not certain what is in them. */
  readonly #unsure = new Set<ReadonlySet<string>>();
  readonly #operators: Set<string>;
  readonly #profiles: Set<string>;
  readonly #profilesUsed = new Set<string>();
  /** A name was misspelt: which profile it means is then unused, too. */
  #profileMissed = false;
  readonly #orders = new Map<string, Step>();
  #lastOrder: Step | undefined;
  /** Which step took the network from whom. */
  readonly #offline = new Map<string, number>();
  /** When the step that is read is over, Unix seconds. */
  #end_s: number;
  readonly #accounts = new Set<string>();
  readonly #gates = new Set<string>();
  /** Where tags hang, and who was held to one. */
  readonly #hung = new Set<string>();
  readonly #tapped = new Set<string>();
  readonly #stations = new Set<string>();
  readonly #fareGates = new Set<string>();
  readonly #tills = new Set<string>();
  readonly #cards = new Set<string>();
  readonly #billed = new Set<string>();
  /** Whose phone has shown a code. */
  readonly #shown = new Set<string>();
  /** Those whose owner is to see more than a button. */
  readonly #screens = new Set<string>();

  constructor(scenario: Scenario) {
    this.#end_s = Date.parse(scenario.start) / 1_000;
    this.#operators = new Set((scenario.operators ?? []).map((operator) => operator.name));
    this.#profiles = new Set(Object.keys(scenario.profiles ?? {}));
    if (Number.isNaN(Date.parse(scenario.start))) this.#say('/start', 'expected a date that there is');
    const fault = faultOfDenominations(scenario.denominations ?? []);
    if (fault !== undefined) this.#say('/denominations', `expected other denominations: ${fault}`);
    this.#duplicates('/operators', scenario.operators ?? [], this.#operators);
    for (const [name, limits] of Object.entries(scenario.profiles ?? {})) {
      this.#each(`/profiles/${name}/operators`, limits.operators ?? [], (pointer, operator) =>
        this.#known(pointer, 'operator', operator, this.#operators),
      );
    }
    this.#duplicates('/people', scenario.people, this.#people, this.#devices);
    for (const [i, person] of scenario.people.entries()) this.#person(pointerTo('/people', i), person);
    this.#site(scenario);
    for (const [i, step] of scenario.steps.entries()) this.#step(pointerTo('/steps', i), step, i);
    for (const name of this.#profiles) {
      if (this.#profilesUsed.has(name) || this.#profileMissed) continue;
      this.#say(
        pointerTo('/profiles', name),
        `expected somebody to have the profile ${JSON.stringify(name)}`,
      );
    }
  }

  #site(scenario: Scenario): void {
    const { accounts = [], gates = [], fares } = scenario;
    this.mistakes.push(...networkMistakes(scenario));
    for (const name of fares?.zones.flat() ?? []) this.#stations.add(name);
    this.#duplicates('/accounts', accounts, this.#accounts);
    this.#duplicates('/gates', gates, this.#gates);
    for (const { name } of accounts) for (const names of [this.#accounts, this.#billed]) names.add(name);
    for (const [i, { name, profile, station, till, whitelist = [] }] of gates.entries()) {
      const pointer = pointerTo('/gates', i);
      this.#gates.add(name);
      if (station !== undefined) {
        this.#known(`${pointer}/station`, 'station', station, this.#stations);
        this.#fareGates.add(name);
      }
      if (till !== undefined) {
        this.#known(`${pointer}/till`, 'person', till, this.#people);
        this.#tills.add(name);
      }
      this.#each(`${pointerTo('/gates', i)}/whitelist`, whitelist, (pointer, account) =>
        this.#known(pointer, 'account', account, this.#accounts),
      );
      if (profile !== undefined) this.#profile(`${pointerTo('/gates', i)}/profile`, profile);
    }
  }

  #atGate(pointer: string, { at }: { at: string }, gates: ReadonlySet<string>, what: string): void {
    this.#known(`${pointer}/at`, 'gate', at, this.#gates);
    if (this.#gates.has(at) && !gates.has(at)) this.#say(`${pointer}/at`, `expected a gate with a ${what}`);
  }

  #say(pointer: string, message: string, code: Mistake['code'] = 'step'): void {
    this.mistakes.push({ code, pointer, message });
  }

  #known(pointer: string, what: string, name: string, names: ReadonlySet<string>): void {
    if (names.has(name) || this.#unsure.has(names)) return;
    const article = /^[ao]/.test(what) ? 'an' : 'a';
    this.#say(
      pointer,
      `expected ${article} ${what}, got ${JSON.stringify(name)}${hint(name, names)}`,
      'name',
    );
  }

  /**
   * Where a name stands twice another one is missing: what steps say of the missing one is no second mistake.
   */
  #duplicates(
    pointer: string,
    list: readonly { readonly name: string }[],
    ...of: readonly ReadonlySet<string>[]
  ): void {
    const seen = new Set<string>();
    for (const [i, { name }] of list.entries()) {
      if (seen.has(name)) {
        this.#say(`${pointer}/${i}/name`, `expected each name once, got "${name}" again`, 'name');
        for (const names of of) this.#unsure.add(names);
      }
      seen.add(name);
    }
  }

  #person(pointer: string, person: Person): void {
    const { name, kind, category, operator, profile } = person;
    if (name === EVERYONE)
      this.#say(`${pointer}/name`, `expected a name, got "${EVERYONE}", which means all`);
    this.#people.add(name);
    this.#devices.add(name);
    if (person.billed) for (const names of [this.#cards, this.#billed]) names.add(name);
    if (person.face === 'screen') this.#screens.add(name);
    if (operator !== undefined) this.#known(`${pointer}/operator`, 'operator', operator, this.#operators);
    if (profile !== undefined) this.#profile(`${pointer}/profile`, profile);
    for (const field of NOT_OF_NOBODY) {
      if (person.password !== undefined && person[field] !== undefined)
        this.#say(`${pointer}/${field}`, `expected no "${field}" of somebody with a withdrawal password`);
    }
    if (kind === 'merchant' && category === undefined) {
      this.#say(pointer, 'expected a merchant to have a "category", such as 5814');
    }
    if (kind === 'person' && category !== undefined) {
      this.#say(`${pointer}/category`, 'expected no category: only a merchant has one');
    }
  }

  #profile(pointer: string, name: string): void {
    this.#known(pointer, 'profile', name, this.#profiles);
    this.#profilesUsed.add(name);
    this.#profileMissed ||= !this.#profiles.has(name);
  }

  #device(pointer: string, name: string): void {
    this.#known(pointer, 'person or clone', name, this.#devices);
  }

  #names(pointer: string, names: Names, known: ReadonlySet<string>): void {
    if (names === EVERYONE) return;
    const what = known === this.#people ? 'person' : 'person or clone';
    if (typeof names === 'string') return this.#known(pointer, what, names, known);
    this.#each(pointer, names, (place, name) => {
      if (name === EVERYONE) this.#say(place, `expected "${EVERYONE}" alone, not in a list`);
      else this.#known(place, what, name, known);
    });
  }

  #each(pointer: string, list: readonly string[], visit: (pointer: string, name: string) => void): void {
    for (const [i, name] of list.entries()) visit(pointerTo(pointer, i), name);
  }

  #step(pointer: string, step: Step, index: number): void {
    this.#online(pointer, step);
    switch (step.do) {
      case 'wait':
        this.#end_s += seconds(step.for);
        if (this.#end_s > END_S) this.#say(`${pointer}/for`, 'expected all to be over by the year 2100');
        return;
      case 'network':
        return this.#network(pointer, step, index);
      case 'power':
        return this.#names(`${pointer}/who`, step.who, this.#devices);
      case 'press':
        return this.#press(pointer, step);
      case 'load':
      case 'unload':
        return this.#names(`${pointer}/who`, step.who, this.#people);
      case 'give':
        return this.#give(pointer, step);
      case 'profile':
        this.#names(`${pointer}/who`, step.who, this.#people);
        return this.#profile(`${pointer}/profile`, step.profile);
      case 'sync':
        return this.#names(`${pointer}/who`, step.who, this.#devices);
      case 'code':
        this.#shown.add(step.who);
        return this.#known(`${pointer}/who`, 'account', step.who, this.#accounts);
      case 'scan':
        this.#known(`${pointer}/at`, 'gate', step.at, this.#gates);
        this.#known(`${pointer}/who`, 'account', step.who, this.#billed);
        if (this.#accounts.has(step.who) && !this.#shown.has(step.who))
          this.#say(`${pointer}/who`, 'expected a code before it is scanned');
        return;
      case 'look':
        this.#known(`${pointer}/at`, 'gate', step.at, this.#gates);
        return this.#known(`${pointer}/who`, 'account', step.who, this.#accounts);
      case 'tag':
        this.#hung.add(step.at);
        if (step.by !== undefined) this.#device(`${pointer}/by`, step.by);
        return this.#device(`${pointer}/at`, step.at);
      case 'tap':
        this.#device(`${pointer}/who`, step.who);
        this.#device(`${pointer}/at`, step.at);
        this.#tapped.add(step.who);
        if (!this.#hung.has(step.at)) this.#say(`${pointer}/at`, 'expected a tag to hang there');
        return;
      case 'in':
      case 'out':
        this.#atGate(pointer, step, this.#fareGates, 'station');
        if (step.again && !this.#shown.has(step.who))
          this.#say(`${pointer}/again`, 'expected a code that is shown already');
        this.#shown.add(step.who);
        return this.#known(`${pointer}/who`, 'account', step.who, this.#accounts);
      case 'card':
        this.#atGate(pointer, step, this.#tills, 'till');
        return this.#known(`${pointer}/who`, 'person with "billed"', step.who, this.#cards);
      case 'fare':
        this.#atGate(pointer, step, this.#tills, 'till');
        return this.#device(`${pointer}/who`, step.who);
      case 'upload':
        return this.#each(`${pointer}/at`, step.at === undefined ? [] : listOf(step.at), (place, gate) =>
          this.#known(place, 'gate', gate, this.#gates),
        );
      case 'deposit':
      case 'leave':
      case 'journeys':
        return this.#known(`${pointer}/who`, 'account', step.who, this.#billed);
      case 'lost':
        return this.#known(`${pointer}/who`, 'person', step.who, this.#people);
      case 'payOut':
        if (step.at !== undefined) this.#known(`${pointer}/at`, 'operator', step.at, this.#operators);
        return this.#known(`${pointer}/who`, 'person', step.who, this.#people);
      case 'clone':
        return this.#clone(pointer, step);
      case 'pay':
      case 'push':
      case 'refund':
      case 'tear':
        return this.#payment(pointer, step);
      case 'again':
      case 'cancel':
        return this.#earlier(pointer, step);
      case 'resume':
        this.#device(`${pointer}/terminal`, step.terminal);
        this.#device(`${pointer}/card`, step.card);
        if (step.terminal === step.card) this.#say(`${pointer}/card`, 'expected two devices, got one twice');
        return;
      case 'statement':
        this.#device(`${pointer}/who`, step.who);
        this.#device(`${pointer}/at`, step.at);
        if (step.who === step.at) this.#say(`${pointer}/at`, "expected somebody else's terminal");
        return;
      case 'balances':
        return this.#balances(pointer, step);
      case 'audit':
        return this.#each(`${pointer}/expect/accused`, step.expect?.accused ?? [], (place, name) =>
          this.#known(place, 'person', name, this.#people),
        );
    }
  }

  #network(pointer: string, { is, who = EVERYONE }: Step & { do: 'network' }, index: number): void {
    this.#names(`${pointer}/who`, who, this.#devices);
    for (const name of who === EVERYONE ? this.#devices : listOf(who)) {
      if (is === 'up') this.#offline.delete(name);
      else if (!this.#offline.has(name)) this.#offline.set(name, index);
    }
  }

  #online(pointer: string, step: Step): void {
    if (!needsNetwork(step)) return;
    const all = step.do === 'sync' ? this.#devices : this.#people;
    const who = step.who === EVERYONE ? [...all] : listOf(step.who);
    const since = who.map((name) => this.#offline.get(name)).find((index) => index !== undefined);
    if (since === undefined) return;
    this.#say(
      pointer,
      `expected the network to be up for "${step.do}"; it is down since ${pointerTo('/steps', since)}`,
    );
  }

  #give(pointer: string, { from, who, payee }: GiveStep): void {
    this.#known(`${pointer}/from`, 'person', from, this.#people);
    this.#known(`${pointer}/who`, 'person', who, this.#people);
    if (payee !== undefined) this.#known(`${pointer}/payee`, 'person', payee, this.#people);
    if (payee === who) this.#say(`${pointer}/payee`, 'expected somebody else than who is to pay');
  }

  #press(pointer: string, { who, button, held }: Step & { do: 'press' }): void {
    this.#device(`${pointer}/who`, who);
    if (this.#screens.has(who) || (button === undefined && held === undefined)) return;
    const name = button === undefined ? 'held' : 'button';
    this.#say(`${pointer}/${name}`, 'expected nothing here: only a device with a screen has two buttons');
  }

  #clone(pointer: string, step: Step & { do: 'clone' }): void {
    this.#known(`${pointer}/who`, 'person', step.who, this.#people);
    if (this.#devices.has(step.as))
      this.#say(`${pointer}/as`, `expected a new name, got "${step.as}" again`, 'name');
    this.#devices.add(step.as);
  }

  #payment(pointer: string, step: Step & { do: 'pay' | 'push' | 'refund' | 'tear' }): void {
    if (step.do === 'tear') this.#device(`${pointer}/from`, listOf(step.from)[0]);
    else this.#names(`${pointer}/from`, step.from, this.#devices);
    this.#device(`${pointer}/to`, step.to);
    if (listOf(step.from).includes(step.to))
      this.#say(`${pointer}/to`, 'expected somebody else than the payer');
    const { amount } = step;
    if (typeof amount === 'object' && amount.from > amount.to) {
      this.#say(`${pointer}/amount`, 'expected "from" to be at most "to"');
    }
    if (step.do === 'tear') this.#tearPlace(pointer, step);
    else if (step.tag) this.#byTag(pointer, step);
    this.#remember(pointer, step);
  }

  #byTag(pointer: string, step: PayStep): void {
    if (step.do !== 'push')
      this.#say(`${pointer}/tag`, 'expected a push: by a tag it is the payer who begins');
    const payer = listOf(step.from)[0];
    if (!this.#tapped.has(payer)) this.#say(`${pointer}/tag`, `expected ${payer} to tap a tag first`);
  }

  #tearPlace(pointer: string, step: Step & { do: 'tear' }): void {
    if (!('phase' in step.at)) return;
    const by = step.by ?? 'pay';
    const phases = by === 'push' ? PUSH_PHASES : PULL_PHASES;
    const { phase } = step.at;
    if (phases.includes(phase)) return;
    this.#say(`${pointer}/at/phase`, `expected ${phases.join(', ')} in a ${by}, got "${phase}"`);
  }

  #remember(pointer: string, step: Step & { do: 'pay' | 'push' | 'refund' | 'tear' }): void {
    this.#lastOrder = step;
    if (step.order === undefined) return;
    if (this.#orders.has(step.order)) {
      this.#say(`${pointer}/order`, `expected a new name for the payment, got "${step.order}" again`, 'name');
    }
    this.#orders.set(step.order, step);
  }

  #earlier(pointer: string, step: Step & { do: 'again' | 'cancel' }): void {
    const { order } = step;
    const meant = order === undefined ? this.#lastOrder : this.#orders.get(order);
    if (!meant && order !== undefined) {
      return this.#known(`${pointer}/order`, 'payment named before', order, new Set(this.#orders.keys()));
    }
    if (!meant) return this.#say(pointer, `expected a payment before "${step.do}"`);
    const pushed =
      meant.do === 'push' || meant.do === 'refund' || (meant.do === 'tear' && meant.by === 'push');
    if (step.do === 'cancel' && pushed) {
      this.#say(pointer, 'expected a pay to cancel: only the payee can, and in a push that is the card');
    }
  }

  #balances(pointer: string, step: Step & { do: 'balances' }): void {
    if (step.who !== undefined) this.#names(`${pointer}/who`, step.who, this.#devices);
    for (const name of Object.keys(step.expect ?? {})) {
      this.#known(pointerTo(`${pointer}/expect`, name), 'person or clone', name, this.#devices);
    }
  }
}
