import type { Power, WakeCause } from '../power.js';

const deepSleep = native('xs_esp32_deep_sleep') as (irqPin?: number, buttonPin?: number) => void;
const wokenBy = native('xs_esp32_woken_by') as (irqPin?: number) => number;
const restart = native('xs_esp32_restart') as () => void;

/** As numbered in power.c. */
const CAUSES: readonly WakeCause[] = ['power', 'field', 'button', 'timer'];

/**
 * `irqPin`: the PN532's IRQ line, low when a field is there; `buttonPin`: low when pressed. Both must be able
 * to wake the chip.
 */
export function hardwarePower(irqPin: number | undefined, buttonPin: number | undefined): Power {
  return {
    wokenBy: CAUSES[wokenBy(irqPin)],
    sleep: () => deepSleep(irqPin, buttonPin),
    restart: () => restart(),
  };
}
