import type { Crypto } from '../../hal/crypto.js';
import { t } from '../texts/language.js';
import { AccountSteps } from './account-steps.js';
import { BankSteps } from './bank-steps.js';
import { CodeSteps } from './code-steps.js';
import type { Happening, Listener, Progress, RunReport, StoryEvent, ViolationEvent } from './events.js';
import { Conservation } from './invariants.js';
import type { LoadedScenario } from './load.js';
import type { Play } from './play.js';
import { type Names, type Step, seconds } from './scenario.js';
import { Stage } from './stage.js';
import { TagSteps } from './tag-steps.js';
import { totalsOf } from './totals.js';
import { Touches } from './touches.js';

/** After these the bank has moved money, and its books are audited. */
const BANK_STEPS: readonly Step['do'][] = [
  'load',
  'unload',
  'give',
  'sync',
  'settle',
  'lost',
  'payOut',
  'audit',
  'upload',
  'deposit',
  'leave',
  'accounts',
  'journeys',
];

/**
 * Plays a scenario, tells `listener` of everything, and says how it ended. `atStart` sees the town while
 * nobody is in it, `atEnd` before it is closed.
 */
export async function runScenario(
  crypto: Crypto,
  { scenario }: LoadedScenario,
  seed: number,
  listener: Listener,
  { atStart = () => {}, atEnd = () => {} }: { atStart?(stage: Stage): void; atEnd?(stage: Stage): void } = {},
): Promise<RunReport> {
  listener.progress({ what: t`opening the bank`, done: 0, of: 1 });
  const stage = await Stage.open(crypto, scenario, seed);
  atStart(stage);
  try {
    for (const [i, person] of scenario.people.entries()) {
      listener.progress({ what: t`giving ${person.name} a device`, done: i, of: scenario.people.length });
      await stage.enrol(person);
    }
    listener.progress({ what: '', done: 1, of: 1 });
    const run = new Run(stage, seed, listener);
    await run.begin();
    for (const [i, step] of scenario.steps.entries()) await run.step(step, i);
    const report = await run.report();
    atEnd(stage);
    return report;
  } finally {
    await stage.town.close();
  }
}

/** A scenario under way, step by step: `begin`, then any steps, then `report`. */
export class Run implements Play {
  readonly #events: StoryEvent[] = [];
  readonly #violations: ViolationEvent[] = [];
  readonly #conservation: Conservation;
  readonly #touches: Touches;
  readonly #bankSteps: BankSteps;
  readonly #codeSteps: CodeSteps;
  readonly #tagSteps: TagSteps;
  readonly #accountSteps: AccountSteps;
  #step: number | undefined;

  constructor(
    readonly stage: Stage,
    private readonly seed: number,
    private readonly listener: Listener,
  ) {
    this.#conservation = new Conservation(stage.town);
    this.#tagSteps = new TagSteps(this);
    this.#touches = new Touches(this, this.#tagSteps);
    this.#bankSteps = new BankSteps(this);
    this.#codeSteps = new CodeSteps(this);
    this.#accountSteps = new AccountSteps(this);
  }

  /** Everybody has a device. */
  begin(): Promise<void> {
    return this.#conservation.reset();
  }

  /** `index`: of the step in its scenario. */
  async step(step: Step, index: number): Promise<void> {
    this.#step = index;
    await this.#play(step);
    await this.#check(step);
    this.#step = undefined;
  }

  async #play(step: Step): Promise<void> {
    switch (step.do) {
      case 'note':
        return this.tell({ kind: 'note', text: step.text });
      case 'network':
        return this.tell({
          kind: 'network',
          up: step.is === 'up',
          who: step.who === undefined ? undefined : this.#devices(step.who),
        });
      case 'power':
        return this.#power(this.#devices(step.who), step.is === 'on');
      case 'press':
        return this.#touches.press(step);
      case 'wait':
        this.tell({ kind: 'wait', seconds: seconds(step.for) });
        return this.stage.town.world.pass(seconds(step.for));
      case 'pay':
      case 'push':
      case 'refund':
        return this.#touches.pay(step);
      case 'tear':
        return this.#touches.tear(step);
      case 'again':
        return this.#touches.again(step);
      case 'resume':
        return this.#touches.resume(step);
      case 'cancel':
        return this.#touches.cancel(step);
      case 'statement':
        return this.#touches.statement(step);
      case 'clone':
        return this.#clone(step);
      case 'load':
      case 'unload':
        return this.#bankSteps.load(step);
      case 'give':
        return this.#bankSteps.give(step);
      case 'sync':
        return this.#bankSteps.sync(step);
      case 'code':
        return this.#codeSteps.show(step);
      case 'scan':
        return this.#codeSteps.scan(step);
      case 'look':
        return this.#codeSteps.look(step);
      case 'tag':
        return this.#tagSteps.hang(step);
      case 'tap':
        return this.#tagSteps.tap(step);
      case 'card':
        return this.#codeSteps.card(step);
      case 'in':
      case 'out':
        return this.#codeSteps.pass(step);
      case 'fare':
        return this.#touches.fare(step);
      case 'upload':
        return this.#accountSteps.upload(step);
      case 'deposit':
        return this.#accountSteps.deposit(step);
      case 'leave':
        return this.#accountSteps.leave(step);
      case 'accounts':
        return this.#accountSteps.accounts(step);
      case 'journeys':
        return this.#accountSteps.journeys(step);
      case 'pool':
        return this.#accountSteps.pool(step);
      case 'lost':
        return this.#bankSteps.lost(step);
      case 'payOut':
        return this.#bankSteps.payOut(step);
      case 'profile':
        return this.#bankSteps.profile(step);
      case 'settle':
        return this.#bankSteps.settle();
      case 'balances':
        return this.#bankSteps.balances(step);
      case 'audit':
        return this.#bankSteps.audit(step);
    }
  }

  #devices(names: Names): readonly string[] {
    return this.stage.names(names, this.stage.devices);
  }

  #power(who: readonly string[], on: boolean): void {
    for (const name of who) {
      const device = this.stage.device(name);
      this.stage.town.world.rest(device);
      if (on) device.switchOn();
      else device.switchOff();
    }
    this.tell({ kind: 'power', on, who });
  }

  async #clone({ who, as }: Step & { do: 'clone' }): Promise<void> {
    const original = this.stage.device(who);
    this.#conservation.noteClone(original);
    this.stage.town.clone(who, as);
    await this.#conservation.reset();
    this.tell({ kind: 'clone', who, as, held: original.wallet.ledger.held });
  }

  /** What must hold after every step, whatever the scenario expects. */
  async #check(step: Step): Promise<void> {
    if (!BANK_STEPS.includes(step.do)) {
      const wrong = this.#conservation.check();
      if (wrong === undefined) return;
      this.broken(wrong);
      return this.#conservation.reset();
    }
    await this.#conservation.reset();
    const { faults } = await this.stage.town.bank.audit();
    for (const fault of faults) this.broken(`the bank's books: ${fault}`);
    this.#checkAccused();
  }

  #checkAccused(): void {
    for (const { who, verified } of this.#bankSteps.accused) {
      if (!this.stage.town.cloned.has(who)) {
        this.broken(`${who} is accused, and nobody has copied that device`);
      }
      if (!verified) this.broken(`the proof against ${who} does not stand alone`);
    }
  }

  async report(): Promise<RunReport> {
    const { stage } = this;
    const { scenario } = stage;
    const holdings = await stage.holdings(stage.devices);
    const audit = await stage.town.audit();
    for (const fault of audit.faults) this.broken(`the audit: ${fault}`);
    return {
      title: scenario.title,
      seed: this.seed,
      currency: stage.currency,
      start: scenario.start,
      compute: scenario.compute,
      ok: this.#violations.length === 0,
      violations: this.#violations,
      holdings,
      accused: this.#bankSteps.accused,
      audit,
      totals: totalsOf(this.#events),
    };
  }

  tell(happening: Happening, time_s = this.stage.town.world.now_s): void {
    const event: StoryEvent = { ...happening, time_s, step: this.#step };
    this.#events.push(event);
    this.listener.event(event);
  }

  progress(progress: Progress): void {
    this.listener.progress(progress);
  }

  unmet(message: string): void {
    this.#violated('expect', message);
  }

  /** Told once: what is broken stays broken. */
  broken(message: string): void {
    if (this.#violations.every((each) => each.message !== message)) this.#violated('invariant', message);
  }

  #violated(what: ViolationEvent['what'], message: string): void {
    const pointer = this.#step === undefined ? '' : `/steps/${this.#step}`;
    const violation: ViolationEvent = { kind: 'violation', what, pointer, message };
    this.#violations.push(violation);
    this.tell(violation);
  }
}
