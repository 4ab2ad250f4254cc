import type { CodeRefusalName } from '../account/gate.js';
import type { BillEvent } from './events.js';
import type { Play } from './play.js';
import type { CodeStep, LookStep, ScanStep } from './scenario.js';

/** As good as a picture gets. */
const CLEAR_PERMILLE = 990;

/** The steps in which people pay by the code on their phones, or by their face. */
export class CodeSteps {
  constructor(private readonly play: Play) {}

  show({ who, amount }: CodeStep): void {
    const { site, town } = this.play.stage;
    const code = site.show(who, town.world.now_s, amount);
    const { counter, created_s, validity_s } = code;
    this.play.tell({ kind: 'code', who, amount, counter, until_s: created_s + validity_s });
  }

  scan({ at, who, amount, expect }: ScanStep): void {
    const { site, town } = this.play.stage;
    const { shown } = site.phone(who);
    if (!shown) return this.play.unmet(`expected ${who} to show a code`);
    const refused = site.gate(at).scan(shown.text, amount, town.world.now_s);
    this.#told({ kind: 'bill', means: 'code', at, who, amount, refused }, expect);
  }

  look({ at, who, amount, clear_permille = CLEAR_PERMILLE, expect }: LookStep): void {
    const { site, town } = this.play.stage;
    const refused = site.gate(at).look(site.picture(who, clear_permille), amount, town.world.now_s);
    this.#told({ kind: 'bill', means: 'face', at, who, amount, refused }, expect);
  }

  #told(event: BillEvent, expect: 'billed' | { readonly refused: CodeRefusalName } | undefined): void {
    this.play.tell(event);
    const expected = typeof expect === 'object' ? `refused: ${expect.refused}` : expect;
    const got = event.refused === undefined ? 'billed' : `refused: ${event.refused}`;
    if (expected !== undefined && expected !== got) this.play.unmet(`expected ${expected}, got ${got}`);
    const wrong = this.play.stage.site.check();
    if (wrong !== undefined) this.play.broken(wrong);
  }
}
