/** What a payment takes out of a battery, from currents that are assumed and said. */
import { LINK_OF_BUDGET } from './measure.js';
import type { CaseResult } from './results.js';

const SUPPLY_V = 3.3;
/**
 * ESP32-C3 at 160 MHz with its radio off and its peripherals on: modem-sleep with the processor running, by
 * its data sheet.
 */
const PROCESSOR_MA = 28;
/**
 * Assumed: the transmitter alone may take 150 mA by the PN532's data sheet, and takes some 60 to 80 with a
 * board's antenna.
 */
const READER_MA = 100;
/** Assumed: a PN532 as a card has no field to make. */
const CARD_MA = 30;
const CELL_MAH = 100;

export const ENERGY_TEXT: readonly string[] = [
  `Assumed: ${SUPPLY_V} V; processor ${PROCESSOR_MA} mA all through the touch (ESP32-C3 at 160 MHz, radio off); PN532 ${READER_MA} mA with the field on,`,
  `${CARD_MA} mA as a card. Not in it: looking for a card, listening for a reader, screen, regulator.`,
];

export function energyOf({ links }: CaseResult): string[][] {
  const { timed } = links.find(({ link }) => link === LINK_OF_BUDGET)!;
  const seconds = timed!.total_us / 1e6;
  const row = (side: string, front_mA: number) => {
    const mA = PROCESSOR_MA + front_mA;
    const payments = (CELL_MAH * 3_600) / (mA * seconds);
    const mJ = SUPPLY_V * mA * seconds;
    return [side, `${mJ.toFixed(0)} mJ`, `${Math.round(payments / 1e3)},000 payments from ${CELL_MAH} mAh`];
  };
  return [row('terminal, its field on', READER_MA), row('card', CARD_MA)];
}
