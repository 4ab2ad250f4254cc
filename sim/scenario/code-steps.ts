import type { Play } from './play.js';
import type { CodeStep, ScanStep } from './scenario.js';

/** The steps in which people pay by the code on their phones. */
export class CodeSteps {
  constructor(private readonly play: Play) {}

  show({ who, amount }: CodeStep): void {
    const { site, town } = this.play.stage;
    const code = site.show(who, town.world.now_s, amount);
    const { counter, created_s, validity_s } = code;
    this.play.tell({ kind: 'code', who, amount, counter, until_s: created_s + validity_s });
  }

  scan({ at, who, amount, expect }: ScanStep): void {
    const { stage } = this.play;
    const { shown } = stage.site.phone(who);
    if (!shown) return this.play.unmet(`expected ${who} to show a code`);
    const refused = stage.site.gate(at).scan(shown.text, who, amount, stage.town.world.now_s);
    this.play.tell({ kind: 'bill', at, who, amount, refused });
    const expected = typeof expect === 'object' ? `refused: ${expect.refused}` : expect;
    const got = refused === undefined ? 'billed' : `refused: ${refused}`;
    if (expected !== undefined && expected !== got) this.play.unmet(`expected ${expected}, got ${got}`);
    const wrong = stage.site.check();
    if (wrong !== undefined) this.play.broken(wrong);
  }
}
