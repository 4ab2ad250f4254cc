import { LINK_OF_BUDGET } from './measure.js';
import type { Results } from './results.js';

/** What everybody wants to know, over LINK_OF_BUDGET: README.md has it, and the bench begins with it. */
export function answer({ cases: { strangers }, driver, ...pace }: Results): string[] {
  const { timed } = strangers.links.find(({ link }) => link === LINK_OF_BUDGET)!;
  return [
    `A purchase between strangers takes ${(timed!.total_us / 1e3).toFixed(0)} ms on the emulated chip, ` +
      `${driver.touch_ms.toFixed(0)} ms with`,
    'the work of the PN532’s driver: instructions counted, time modelled for an ESP32-C3 at ' +
      `${pace.clock_MHz} MHz.`,
  ];
}
