import type { PGlite } from '@electric-sql/pglite';
import { sameBytes } from '../../firmware/bytes.js';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { type Recording, record } from '../capture/recording.js';
import type { Device } from '../device/device.js';
import { contentsOf } from '../inspect/contents.js';
import { geometryOf } from '../inspect/image.js';
import { type Inspection, inspect } from '../inspect/inspect.js';
import { type Origins, type OriginsOf, originsOf, type Traced, trace } from '../inspect/origins.js';
import type { AccusedEvent, Progress, StoryEvent } from '../scenario/events.js';
import { findMistakes } from '../scenario/names.js';
import { rehearse } from '../scenario/rehearsal.js';
import { Run } from '../scenario/runner.js';
import { PULL_PHASES, PUSH_PHASES, type Scenario, type Step } from '../scenario/scenario.js';
import { Stage } from '../scenario/stage.js';
import { t } from '../texts/language.js';
import { moneyFormat } from '../words.js';
import { ascii } from '../world/test-bank.js';
import { PageError } from './page-error.js';
import { type TouchView, touchView } from './touch-view.js';
import { type PageView, viewOf } from './view.js';

/** What came of a step. */
export interface Played {
  readonly events: readonly StoryEvent[];
  /** Of the last touch in it. */
  readonly touch: TouchView | undefined;
  readonly view: PageView;
}

/** Which byte on the air is which part of a touch: where a hand can be pulled away. */
export interface Rehearsal {
  readonly bytes: number;
  readonly phases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** One device from inside. */
export interface Looked {
  readonly inspection: Inspection;
  readonly origins: Origins;
}

/** A touch that has not happened. */
export interface Planned {
  readonly by: 'pay' | 'push';
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly pin: string | undefined;
}

/**
 * A town that somebody plays in: a scenario that is written while it is played. The same seed and the same
 * steps are the same session to the byte.
 */
export class Session {
  readonly #steps: Step[];
  readonly #offline = new Set<string>();
  readonly #accused: AccusedEvent[] = [];
  #events: StoryEvent[] = [];

  private constructor(
    private readonly scenario: Scenario,
    readonly stage: Stage,
    readonly recording: Recording & { clear(): void },
    private readonly database: PGlite,
  ) {
    this.#steps = [];
    this.#run = new Run(stage, scenario.seed ?? 1, {
      event: (event) => {
        this.#events.push(event);
        if (event.kind === 'accused') this.#accused.push(event);
      },
      progress() {},
    });
  }

  readonly #run: Run;

  /** Gives everybody a device and plays the scenario's own steps. `database`: an engine that is empty. */
  static async open(
    crypto: Crypto,
    scenario: Scenario,
    database: PGlite,
    onProgress: (progress: Progress) => void,
  ): Promise<{ session: Session; played: Played }> {
    const stage = await Stage.open(crypto, scenario, scenario.seed ?? 1, database);
    const session = new Session(scenario, stage, record(stage.town.world), database);
    const of = scenario.people.length + scenario.steps.length;
    for (const [i, person] of scenario.people.entries()) {
      onProgress({ what: t`giving ${person.name} a device`, done: i, of });
      await stage.enrol(person);
    }
    await session.#run.begin();
    const events: StoryEvent[] = [];
    let touch: TouchView | undefined;
    for (const [i, step] of scenario.steps.entries()) {
      onProgress({ what: t`playing`, done: scenario.people.length + i, of });
      const played = await session.#play(step);
      events.push(...played.events);
      touch = played.touch ?? touch;
    }
    return { session, played: { events, touch, view: await session.#view() } };
  }

  /** Throws PageError for what cannot be; nothing has happened then. */
  async step(step: Step): Promise<Played> {
    this.#require(step);
    const played = await this.#play(step);
    return { ...played, view: await this.#view() };
  }

  async #play(step: Step): Promise<Omit<Played, 'view'>> {
    this.#events = [];
    this.recording.clear();
    await this.#run.step(step, this.#steps.length);
    this.#steps.push(step);
    if (step.do === 'network') this.#network(step);
    const events = this.#events;
    const touched = events.findLast((event) => event.kind === 'touch');
    const isRecorded = touched && this.recording.touches.length > 0;
    return { events, touch: isRecorded ? touchView(touched, this.recording, this.#steps.length) : undefined };
  }

  #network({ is, who }: Step & { do: 'network' }): void {
    const names = who === undefined ? this.stage.devices : this.stage.names(who, this.stage.devices);
    for (const name of names) {
      if (is === 'down') this.#offline.add(name);
      else this.#offline.delete(name);
    }
  }

  #view(): Promise<PageView> {
    const { stage } = this;
    return viewOf(stage, { offline: this.#offline, accused: this.#accused, steps: this.#steps.length });
  }

  #require(step: Step): void {
    if ('amount' in step) this.#requireAmount(step.amount as number);
    if ('pin' in step && step.pin !== undefined) requirePin(step.pin);
    const steps = [...this.#steps, step];
    const own = `/steps/${steps.length - 1}`;
    const mistake = findMistakes({ ...this.scenario, steps }).find(({ pointer }) => pointer.startsWith(own));
    if (mistake === undefined) return;
    const isNetwork = mistake.message.includes('network to be up');
    if (isNetwork) throw new PageError('no-network', t`This device has no network: switch it on first.`);
    throw new PageError(mistake.code, t`This cannot be: ${mistake.message}.`);
  }

  #requireAmount(amount: number): void {
    if (Number.isInteger(amount) && amount >= 1 && amount <= AMOUNT_MAX) return;
    const money = moneyFormat(this.stage.currency);
    throw new PageError('amount', t`An amount is from ${money(1)} to ${money(AMOUNT_MAX)}.`);
  }

  /** Plays a touch with copies of the two devices. Throws PageError. */
  rehearse({ by, from, to, amount, pin }: Planned): Rehearsal {
    this.#require({ do: by, from, to, amount });
    if (pin !== undefined) requirePin(pin);
    const [terminal, card] = (by === 'pay' ? [to, from] : [from, to]).map((name) => this.stage.device(name));
    const { total, exchanges } = rehearse(this.stage.town.world, terminal, card, {
      kind: by === 'pay' ? 'pull' : 'push',
      amount,
      pin: pin === undefined ? undefined : ascii(pin),
      press: false,
    });
    const all = by === 'pay' ? PULL_PHASES : PUSH_PHASES;
    // What is open between the two is finished first, and a PIN goes in an exchange of its own: neither has a
    // phase.
    const isPlain = pin === undefined && !areOpen(terminal, card);
    const names = isPlain ? all : all.slice(0, OPENING_PHASES);
    const phases = exchanges.flatMap(({ start, split, end }, i) => {
      const name = names[i] ?? t`exchange ${i + 1}`;
      return [
        { name: t`${name}, command`, from: start + 1, to: split },
        { name: t`${name}, answer`, from: split + 1, to: end },
      ];
    });
    return { bytes: Math.max(1, total), phases };
  }

  /** The flash of a device, without its secrets, and where its money came from. Throws PageError. */
  look(who: string): Looked {
    if (!this.stage.devices.includes(who)) throw new PageError('name', t`Nobody is called ${who}.`);
    const image = this.stage.device(who).nor.exportImage();
    const inspection = inspect(image, {
      crypto: this.stage.town.world.crypto,
      geometry: geometryOf(image),
      showsSecrets: false,
      money: moneyFormat,
    });
    return { inspection, origins: this.#origins(who, inspection.money?.notes ?? []) };
  }

  /** By the flash of all devices: nothing that a device does takes part in it, and none is asked. */
  #origins(who: string, notes: OriginsOf['notes']): Origins {
    const { stage } = this;
    const { crypto } = stage.town.world;
    const traced = new Map<string, Traced>();
    const traceOf = (name: string): Traced => {
      const known = traced.get(name);
      if (known) return known;
      const image = stage.device(name).nor.exportImage();
      const fresh = trace(crypto, contentsOf(crypto, image)?.entries ?? []);
      traced.set(name, fresh);
      return fresh;
    };
    const idOf = (name: string): Uint8Array => stage.device(name).wallet.certificate.id;
    return originsOf({
      device: idOf(who),
      notes,
      held: traceOf(who).held,
      paidBy: (device) =>
        stage.devices.filter((name) => sameBytes(idOf(name), device)).flatMap((name) => traceOf(name).paid),
      nameOf: (device) => stage.nameOf(device) ?? hex(device),
    });
  }

  /** Screens say what they said in the language that is spoken now. */
  redraw(): Promise<PageView> {
    for (const name of this.stage.devices) this.stage.device(name).redraw();
    return this.#view();
  }

  /** The session as a scenario, which `tapnote sim` plays again. */
  get saved(): Scenario {
    return { ...this.scenario, steps: this.#steps };
  }

  /** The bank's database goes with it. */
  async close(): Promise<void> {
    await this.stage.town.close();
    if (!this.database.closed) await this.database.close();
  }
}

/** SELECT and the two parts of HELLO come first in any touch. */
const OPENING_PHASES = 3;

const areOpen = (a: Device, b: Device): boolean =>
  [
    [a, b],
    [b, a],
  ].some(([from, to]) =>
    from.wallet.ledger.inFlightTransfers.some(({ transfer }) =>
      sameBytes(transfer.payee, to.wallet.certificate.id),
    ),
  );

const PIN = /^\d{4,12}$/;

function requirePin(pin: string): void {
  if (!PIN.test(pin)) throw new PageError('pin', t`A PIN has 4 to 12 digits.`);
}
