import { BillKind } from '../../firmware/account/bill.js';
import { type Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import { touchForCode } from '../account/card-tap.js';
import type { BillEvent } from './account-events.js';
import type { BillExpect, CardStep, CodeStep, LookStep, PassStep, ScanStep } from './account-scenario.js';
import { refusalOf } from './bank-steps.js';
import { checkExpected } from './expected.js';
import type { Play } from './play.js';

/** As good as a picture gets. */
const CLEAR_PERMILLE = 990;
const ORDER_BYTES = 8;

/** The steps in which people pay by the code on their phones, or by their face. */
export class CodeSteps {
  #orders = 0;

  constructor(private readonly play: Play) {}

  async show({ who, amount, expect }: CodeStep): Promise<void> {
    const refused = await this.#show(who, amount);
    checkExpected(this.play, expect, { refused, outcome: 'shown' });
  }

  /** Why there is none. */
  async #show(who: string, amount?: number): Promise<string | undefined> {
    const { site } = this.play.stage;
    const refused = (await refusalOf(() => site.show(who, amount)))?.detail;
    const { shown } = site.phone(who);
    if (refused !== undefined || !shown) {
      this.play.tell({ kind: 'noCode', who, refused: refused ?? '' });
      return refused;
    }
    const { counter, created_s, validity_s } = shown;
    this.play.tell({ kind: 'code', who, amount, counter, until_s: created_s + validity_s });
    return undefined;
  }

  scan({ at, who, amount, expect }: ScanStep): void {
    const { stage } = this.play;
    const { site, town } = stage;
    const phone = site.phones.get(who);
    const text = phone ? phone.shown?.text : stage.device(who).codeText;
    if (text === undefined) return this.play.unmet(`expected ${who} to show a code`);
    if (!phone) this.#noteHolder(who);
    const refused = site.gate(at).scan(text, amount, town.world.now_s);
    this.#told({ kind: 'bill', means: 'code', at, who, amount, refused }, expect);
  }

  look({ at, who, amount, clear_permille = CLEAR_PERMILLE, expect }: LookStep): void {
    const { site, town } = this.play.stage;
    const refused = site.gate(at).look(site.picture(who, clear_permille), amount, town.world.now_s);
    this.#told({ kind: 'bill', means: 'face', at, who, amount, refused }, expect);
  }

  card({ at, who, amount, pin, expect }: CardStep): void {
    const { stage } = this.play;
    const { world } = stage.town;
    const [reader, card] = [stage.device(stage.tillOf(at)), stage.device(who)];
    const id = new Uint8Array(ORDER_BYTES);
    id[ORDER_BYTES - 1] = ++this.#orders;
    const told = touchForCode(world, reader, card, { amount, id, pin });
    const event = { kind: 'bill', means: 'card', at, who, amount } as const;
    if (told.outcome === 'torn') return this.play.unmet(`expected ${who} to give a code, got a torn touch`);
    if (told.outcome === 'refused')
      return this.#told(
        { ...event, by: 'card', refused: refusalName(told.why) as keyof typeof Refusal },
        expect,
      );
    this.#noteHolder(who);
    this.#told({ ...event, refused: stage.site.gate(at).tap(told.code, amount, world.now_s) }, expect);
  }

  /** Of a code that a device has given: by its certificate the bills are known as somebody's. */
  #noteHolder(who: string): void {
    const { certificate } = this.play.stage.device(who).wallet.codes;
    if (certificate) this.play.stage.site.noteHolder(who, certificate);
  }

  /** Through a gate of a network. */
  async pass({ do: way, at, who, again = false, expect }: PassStep): Promise<void> {
    const { site, town } = this.play.stage;
    if (!again && (await this.#show(who)) !== undefined)
      return this.play.unmet(`expected ${who} to show a code`);
    const { shown } = site.phone(who);
    if (!shown) return this.play.unmet(`expected ${who} to show a code`);
    const gate = site.gate(at);
    const refused = gate.pass(way === 'in' ? BillKind.entry : BillKind.exit, shown.text, town.world.now_s);
    const amount = gate.fares?.maximum ?? 0;
    this.#told({ kind: 'bill', means: 'code', way, at, who, amount, refused }, expect);
  }

  #told(event: BillEvent, expect: BillExpect | undefined): void {
    this.play.tell(event);
    checkExpected(this.play, expect, { refused: event.refused, outcome: 'billed' });
    const wrong = this.play.stage.site.check();
    if (wrong !== undefined) this.play.broken(wrong);
  }
}
