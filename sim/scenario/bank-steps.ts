import { hex } from '../bank/bytes.js';
import { BankError } from '../bank/codes.js';
import { verifyProof } from '../bank/fraud/proof.js';
import type { SyncOutcome } from '../world/gateway.js';
import type { AccusedEvent, Holding, SyncEvent } from './events.js';
import { checkExpected } from './expected.js';
import type { Play } from './play.js';
import {
  type AuditStep,
  type BalancesStep,
  type GiveStep,
  type LoadStep,
  type PayOutStep,
  type Step,
  type SyncExpect,
  type SyncStep,
  seconds,
} from './scenario.js';

/** The steps in which people meet their bank, and those in which the books are looked at. */
export class BankSteps {
  readonly accused: AccusedEvent[] = [];

  constructor(private readonly play: Play) {}

  async load(step: LoadStep): Promise<void> {
    const { stage } = this.play;
    for (const name of stage.names(step.who)) {
      const { account, id } = stage.town.resident(name);
      const before = await stage.holding(name);
      const ask = () =>
        step.do === 'load'
          ? stage.town.bank.load(account, id, step.amount)
          : stage.town.bank.unload(account, id, step.amount);
      const outcome = (await refusalOf(ask)) ?? (await this.#sync(name));
      await this.#told(step.do, name, step.amount, before, outcome, step.expect);
    }
  }

  async give(step: GiveStep): Promise<void> {
    const { stage } = this.play;
    const { bank, world } = stage.town;
    const { who, amount, category = 0, place = 0 } = step;
    const before = await stage.holding(who);
    await stage.town.tick();
    const gift = {
      purpose: category,
      place,
      payee: step.payee === undefined ? undefined : stage.town.resident(step.payee).id,
      until_s: step.for === undefined ? undefined : world.now_s + seconds(step.for),
    };
    const { account } = stage.town.resident(step.from);
    const ask = () => bank.give(account, stage.town.resident(who).id, amount, gift);
    const outcome = (await refusalOf(ask)) ?? (await this.#sync(who));
    await this.#told('give', who, amount, before, outcome, step.expect);
  }

  async sync(step: SyncStep): Promise<void> {
    const { stage } = this.play;
    for (const name of stage.names(step.who, stage.devices)) {
      const before = await stage.holding(name);
      const outcome = await this.#sync(name, step.tornAfter);
      await this.#told('sync', name, undefined, before, outcome, step.expect);
    }
  }

  async #sync(name: string, tornAfter?: number): Promise<SyncOutcome> {
    return this.play.stage.town.syncDevice(this.play.stage.device(name), tornAfter);
  }

  async #told(
    how: SyncEvent['do'],
    who: string,
    amount: number | undefined,
    before: Holding,
    { outcome, messages, detail }: Pick<SyncEvent, 'outcome' | 'messages' | 'detail'>,
    expect: SyncExpect | undefined,
  ): Promise<void> {
    const { play } = this;
    const after = await play.stage.holding(who);
    play.tell({ kind: 'sync', do: how, who, amount, outcome, messages, detail, before, after });
    await this.#lookForProofs();
    if (outcome === 'done') await this.#compare(who);
    checkExpected(play, expect, { refused: outcome === 'refused' ? `${detail}` : undefined, outcome, who });
  }

  /** Tells of everybody whom the bank has named since the last look. */
  async #lookForProofs(): Promise<void> {
    const { bank, residents, world } = this.play.stage.town;
    const proofs = await bank.proofs();
    for (const { device, kind, bytes } of proofs.slice(this.accused.length)) {
      const resident = [...residents.values()].find(({ id }) => hex(id) === hex(device));
      const named: AccusedEvent = {
        kind: 'accused',
        who: resident?.name ?? '?',
        device: hex(device),
        proof: kind,
        bytes: hex(bytes),
        verified: verifyProof(world.crypto, bank.rootPublicKey, bytes),
      };
      this.accused.push(named);
      this.play.tell(named);
    }
  }

  /** The device and the bank agree on what it holds: always so right after its sync. */
  async #compare(who: string): Promise<void> {
    const { town } = this.play.stage;
    if (!town.residents.has(who) || town.cloned.has(who) || (await town.agrees(who))) return;
    this.play.broken(`the bank and the device of ${who} disagree about what it holds right after its sync`);
  }

  async settle(): Promise<void> {
    const { stage } = this.play;
    const before = (await stage.town.bank.audit()).currencies[stage.currency]?.inFlight ?? 0;
    await stage.town.tick();
    const after = (await stage.town.bank.audit()).currencies[stage.currency]?.inFlight ?? 0;
    this.play.tell({ kind: 'settle', returned: before - after });
  }

  async lost(step: Step & { do: 'lost' }): Promise<void> {
    const { town } = this.play.stage;
    await town.bank.reportLost(town.resident(step.who).id);
    this.play.tell({ kind: 'lost', who: step.who });
  }

  async payOut({ who, at, password, expect }: PayOutStep): Promise<void> {
    const { stage } = this.play;
    const { bank } = stage.town;
    await stage.town.tick();
    let paid: number | undefined;
    const ask = async () => {
      paid = await bank.payOut(stage.operatorNumber(at), stage.town.resident(who).id, password);
    };
    const refused = (await refusalOf(ask))?.detail;
    this.play.tell({ kind: 'payOut', who, at, paid, refused });
    checkExpected(this.play, expect, { refused, outcome: paid, who });
  }

  async profile(step: Step & { do: 'profile' }): Promise<void> {
    const { stage } = this.play;
    for (const who of stage.names(step.who)) {
      await stage.town.bank.setLimits(stage.town.resident(who).id, stage.limits(who, step.profile));
      this.play.tell({ kind: 'profile', who, profile: step.profile });
    }
  }

  async balances(step: BalancesStep): Promise<void> {
    const { stage } = this.play;
    const holdings = await stage.holdings(stage.names(step.who ?? 'everyone', stage.devices));
    this.play.tell({ kind: 'balances', holdings });
    for (const [name, expected] of Object.entries(step.expect ?? {})) {
      const holding = await stage.holding(name);
      const wanted = typeof expected === 'number' ? { held: expected } : expected;
      for (const key of ['held', 'inFlight', 'account'] as const) {
        if (wanted[key] === undefined || wanted[key] === holding[key]) continue;
        const what = { held: 'hold', inFlight: 'have in flight', account: 'have in the account' }[key];
        this.play.unmet(`expected ${name} to ${what} ${wanted[key]}, got ${holding[key] ?? 'none'}`);
      }
    }
  }

  async audit(step: AuditStep): Promise<void> {
    const { town } = this.play.stage;
    const audit = await town.audit();
    const accused = this.accused.map(({ who }) => who).sort();
    this.play.tell({ kind: 'audit', audit, accused });
    const { expect } = step;
    const expected = expect?.accused && [...expect.accused].sort();
    const words = (names: readonly string[]) => (names.length === 0 ? 'nobody' : names.join(', '));
    if (expected && words(expected) !== words(accused)) {
      this.play.unmet(`expected ${words(expected)} to be accused, got ${words(accused)}`);
    }
    if (expect?.inFlight !== undefined && expect.inFlight !== audit.inFlight) {
      this.play.unmet(`expected ${expect.inFlight} in flight, got ${audit.inFlight}`);
    }
  }
}

/** The bank's no, as an outcome; undefined when it did what was asked. */
export async function refusalOf(
  ask: () => Promise<unknown>,
): Promise<{ outcome: 'refused'; messages: number; detail: string } | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof BankError)) throw error;
    return { outcome: 'refused', messages: 0, detail: error.code };
  }
}
