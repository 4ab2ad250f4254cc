import { Role } from '../../firmware/objects/certificate.js';
import { SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../bank/bank.js';
import { freshPglite } from '../bank/db/fresh-pglite.js';
import type { LostMoney } from '../bank/lost-money.js';
import { SimEntropy } from '../chip/entropy.js';
import { LooseDevice, type Tear, tearAfter } from '../fuzz/loose-device.js';
import { ORDINARY } from '../world/ordinary.js';
import { personaliseFor } from '../world/personalise.js';
import { BranchingEngine } from './branching-engine.js';
import type { Action } from './graph.js';
import { type Observed, observe } from './observe.js';
import { SyncLine } from './sync-line.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;
const SCHEMA = 'model';
const FEN = 1;
/**
 * Bank time of the model. A lost device is recovered after 210 days, and every certificate has ended after
 * the last of them.
 */
const STEPS_S = [10 * DAY_S, 230 * DAY_S, 230 * DAY_S];
const CERTIFICATE_LIFE_S = 400 * DAY_S;
const LIMITS = {
  ...ORDINARY,
  offlineDuration_s: 3 * DAY_S,
  claimGrace_s: DAY_S,
  noConfirmMax: 1_000_000,
  noConfirmTotalMax: 0x7fffffff,
};

/** SELECT, HELLO in two parts, RESUME. Whoever knows the other by no name yet asks for its certificate. */
const BEFORE_RECEIPT = 4;

/** To its end. */
const WHOLE: Tear = () => false;

interface Party {
  readonly account: number;
  readonly id: Uint8Array;
  readonly device: LooseDevice;
  /** What is in its flash, as far as that is known to be unchanged. */
  image: Uint8Array | undefined;
}

/** All that `RunningBank.restore` needs. */
export interface Snapshot {
  readonly mark: string;
  readonly time_s: number;
  readonly flashes: readonly Uint8Array[];
  readonly steps: number;
  readonly invoice: Uint8Array | undefined;
}

/** The bank and the devices of the model, as they really are; each action of the model is done to them. */
export class RunningBank {
  #line: SyncLine | undefined;
  #steps = 0;
  /** For which the payer's own device has signed its transfer. */
  #invoice: Uint8Array | undefined;

  private constructor(
    private readonly engine: BranchingEngine,
    private readonly bank: Bank,
    private readonly payer: Party,
    private readonly payee: Party,
    private readonly copy: Party,
  ) {}

  /** The first state of the model. `hasNote`: the payer's fen is on its device; else it waits for a sync. */
  static async open(hasNote: boolean, lostMoney: LostMoney): Promise<RunningBank> {
    const engine = await BranchingEngine.open(await freshPglite());
    const bank = await Bank.open({
      crypto: hostCrypto,
      entropy: new SimEntropy(1, 'bank'),
      time_s: START_S,
      database: engine,
      schema: SCHEMA,
      operators: [1, 2].map((number) => ({ number, name: `operator ${number}`, reserves: 100 })),
      parameters: { certificateLife_s: CERTIFICATE_LIFE_S },
      lostMoney,
    });
    const payer = await enrol(bank, 'payer', 1);
    const payee = await enrol(bank, 'payee', 2);
    await bank.deposit(payer.account, FEN);
    for (const party of [payer, payee]) await syncWhole(bank, party);
    await bank.load(payer.account, payer.id, FEN);
    if (hasNote) await syncWhole(bank, payer);
    const copy = { ...payer, device: payer.device.copy('copy', 1), image: undefined };
    return new RunningBank(engine, bank, payer, payee, copy);
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  /** Whether a sync is under way, of which no snapshot can be taken. */
  get isSyncing(): boolean {
    return this.#line !== undefined;
  }

  async save(): Promise<Snapshot> {
    return {
      mark: await this.engine.mark(),
      time_s: this.bank.time_s,
      flashes: this.#parties.map((party) => (party.image ??= party.device.nor.exportImage())),
      steps: this.#steps,
      invoice: this.#invoice,
    };
  }

  /** Everything as it was; the devices' power has gone and come back. */
  async restore({ mark, time_s, flashes, steps, invoice }: Snapshot): Promise<void> {
    this.#hangUp();
    await this.engine.goBack(mark);
    // The bank keeps its time in memory besides.
    (this.bank as unknown as { context: { time_s: number } }).context.time_s = time_s;
    this.#parties.forEach((party, i) => {
      if (party.image === flashes[i]) return;
      party.image = flashes[i];
      party.device.nor.importImage(flashes[i]);
      party.device.boot();
    });
    this.#steps = steps;
    this.#invoice = invoice;
  }

  get #parties(): Party[] {
    return [this.payer, this.payee, this.copy];
  }

  /** What can be seen of tables and wallets. */
  observe(): Promise<Observed> {
    const { bank, payer, payee } = this;
    return this.engine.transaction(SCHEMA, (sql) =>
      observe(sql, { time_s: bank.time_s, payer, payee, invoice: this.#invoice }),
    );
  }

  /** What the audit finds wrong with the books. */
  async faults(): Promise<string[]> {
    return (await this.bank.audit()).faults;
  }

  /** Does what the model calls so. Throws when a device or the bank refuses what has to be possible. */
  async act(action: Action): Promise<void> {
    const { bank, payer, payee } = this;
    switch (action) {
      case 'offer':
        this.#touch('pull', this.#untilCommitted(payer));
        this.#invoice = payer.device.wallet.ledger.inFlightTransfers[0].transfer.invoice.slice();
        return;
      case 'take':
        return this.#touch('resume', this.#beforeReceipt());
      case 'refuse':
        return this.#refuse();
      case 'answer':
        return this.#touch('resume', WHOLE);
      case 'cheat':
        return this.#touch('pull', WHOLE, this.copy);
      case 'payer-uploads':
        return this.#upload(payer);
      case 'payee-uploads':
        return this.#upload(payee);
      case 'bank-issues':
        this.#line = this.#syncOf(payer);
        await this.#line.carry(2);
        return this.#line.toBank();
      case 'payer-applies':
        return this.#line!.apply();
      case 'carrier-drops':
        await this.#line!.repeat();
        return this.#hangUp();
      case 'payee-settles':
        return this.#settlePayee();
      case 'owner-reports-lost':
        return bank.reportLost(payer.id);
      case 'bank-suspends':
        return bank.suspend(payer.id);
      case 'bank-lifts':
        return bank.liftSuspension(payer.id);
      case 'owner-withdraws':
        return bank.withdraw(payer.account, FEN);
      case 'time-passes':
        return bank.tick(bank.time_s + STEPS_S[Math.min(this.#steps++, STEPS_S.length - 1)]);
    }
  }

  #hangUp(): void {
    this.#line?.close();
    this.#line = undefined;
  }

  /** The payee is the terminal; the payer's device, or its copy, is the card. */
  #touch(kind: 'pull' | 'resume', isTorn: Tear, card = this.payer): void {
    this.#hangUp();
    const terminal = this.payee.device.terminalFor(card.device, isTorn);
    terminal.touch(terminal.order(kind, kind === 'pull' ? FEN : 0), 1_000, () => {});
    for (const party of [this.payee, card]) {
      party.device.wallet.idle();
      party.image = undefined;
    }
  }

  /** Until somebody has committed: what would come next is lost. */
  #untilCommitted({ device }: Party): Tear {
    const { sequence } = device.wallet.ledger;
    return () => device.wallet.ledger.sequence !== sequence;
  }

  /** Also when the payee has had the transfer before, and commits to nothing. */
  #beforeReceipt(): Tear {
    const isCommitted = this.#untilCommitted(this.payee);
    const { trust } = this.payee.device.wallet;
    const isKnown = trust.recall(trust.nameOf(this.payer.device.wallet.certificate)) !== undefined;
    const isNext = tearAfter(BEFORE_RECEIPT + Number(!isKnown), false);
    return (what) => isNext(what) || isCommitted(what);
  }

  #syncOf(party: Party): SyncLine {
    party.image = undefined;
    return new SyncLine(party.device, this.bank);
  }

  /** The payee has come to a limit of its own since it asked. */
  #refuse(): void {
    const { wallet } = this.payee.device;
    const { limits } = wallet;
    Object.defineProperty(wallet, 'limits', { value: { ...limits, paymentMax: 0 }, configurable: true });
    this.#touch('resume', this.#beforeReceipt());
    Reflect.deleteProperty(wallet, 'limits'); // what its class has counts again
  }

  /**
   * What the bank has not heard reaches it: with the message of a sync that is under way, or with a new one.
   */
  async #upload(party: Party): Promise<void> {
    if (party === this.payer && this.#line) {
      await this.#line.toBank();
      return this.#hangUp();
    }
    const line = this.#syncOf(party);
    await line.carry(2);
    await line.toBank();
    line.close();
  }

  /** The last message of the sync is lost. */
  async #settlePayee(): Promise<void> {
    const line = this.#syncOf(this.payee);
    await line.carry(2);
    await line.toBank();
    await line.apply();
    line.close();
  }
}

async function enrol(bank: Bank, name: string, operator: number): Promise<Party> {
  const device = new LooseDevice(name, { now_s: START_S }, new SimEntropy(1, name));
  device.exchange(SELECT_APPLICATION);
  const account = await bank.createAccount(operator, name, { settleTo: 'account' });
  const id = await personaliseFor(bank, (command) => device.exchange(command), {
    account,
    role: Role.person,
    category: 0,
    limits: LIMITS,
    currency: 'CNY',
    now_s: START_S,
  });
  return { account, id, device, image: undefined };
}

async function syncWhole(bank: Bank, { device }: Party): Promise<void> {
  const session = bank.openSync();
  if (!(await device.sync((message) => session.step(message)))) throw new Error('the first sync fails');
}
