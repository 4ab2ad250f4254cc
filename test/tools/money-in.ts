import { expect } from 'vitest';
import { tapnote } from './run-cli.js';

/** What a device holds, and has in flight, by its own flash, recounted: minor units. */
export async function moneyIn(flash: string): Promise<{ held: number; inFlight: number }> {
  const { out } = await tapnote(['inspect', flash, '--json']);
  const { money } = JSON.parse(out) as {
    money: { agrees: boolean; ledger: { held: number; inFlight: number } };
  };
  expect(money.agrees).toBe(true);
  return money.ledger;
}
