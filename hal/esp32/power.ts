import type { Power, WakeCause } from '../power.js';

const releaseWakePins = native('xs_esp32_release_wake_pins') as (irqPin?: number, buttonPin?: number) => void;
const deepSleep = native('xs_esp32_deep_sleep') as (irqPin?: number, buttonPin?: number) => void;
const wokenBy = native('xs_esp32_woken_by') as (irqPin?: number) => number;
const restart = native('xs_esp32_restart') as () => void;

/** As numbered in power.c. */
const CAUSES: readonly WakeCause[] = ['power', 'field', 'button', 'timer', 'watchdog', 'brownout', 'restart'];

/**
 * `irqPin`: the PN532's IRQ line, low when a field is there; `buttonPin`: low when pressed. Both must be able
 * to wake the chip. To be called before buttons and links are opened: a pin that woke the plain ESP32 hears
 * nothing until it is released here.
 */
export function hardwarePower(irqPin: number | undefined, buttonPin: number | undefined): Power {
  releaseWakePins(irqPin, buttonPin);
  return {
    wokenBy: CAUSES[wokenBy(irqPin)],
    sleep: () => deepSleep(irqPin, buttonPin),
    restart: () => restart(),
  };
}
