import { expect } from 'vitest';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { type ResidentOptions, Town } from '../../sim/world/town.js';
import { fileEngine } from './file-engine.js';

export const START_S = 1_800_000_000;
export const DAY_S = 86_400;

let towns = 0;

/** A town with these residents, everyone synced; all towns of a test file share one database engine. */
export async function townOf(
  residents: Record<string, ResidentOptions & { loaded?: number }>,
  seed = 1,
): Promise<Town> {
  const engine = await fileEngine();
  const schema = `town_${process.pid}_${++towns}`;
  const town = await Town.open({ crypto: opensslCrypto, seed, start_s: START_S, database: engine, schema });
  for (const [name, { loaded = 0, ...options }] of Object.entries(residents)) {
    await town.enrol(name, { ...options, deposit: options.deposit ?? loaded });
    if (loaded === 0) continue;
    await town.load(name, loaded);
    await syncs(town, name);
  }
  return town;
}

/** A sync that must succeed, after which the books agree with the device and with themselves. */
export async function syncs(town: Town, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { outcome, detail } = await town.sync(name);
    expect(outcome, `${name} syncs: ${detail}`).toBe('done');
    expect(await town.agrees(name), `the bank agrees with ${name}`).toBe(true);
    expect((await town.bank.audit()).faults).toEqual([]);
  }
}

/**
 * A touch that must be paid; what all devices hold, and what is between them, is the same before and after.
 */
export async function pays(town: Town, payer: string, payee: string, amount: number): Promise<void> {
  const before = await offlineTotal(town);
  const { terminal } = town.resident(payee).device;
  const { result } = town.touch(payee, payer, terminal.order('pull', amount));
  expect(result?.outcome, `${payer} pays ${payee}: ${JSON.stringify(result?.refusal)}`).toBe('paid');
  expect(await offlineTotal(town)).toBe(before);
}

export async function offlineTotal(town: Town): Promise<number> {
  const { held, inFlight } = await town.offline();
  return held + inFlight;
}

/**
 * A touch whose card leaves when the card has committed its transfer: in flight, and the payee has not heard
 * of it.
 */
export async function leavesInFlight(town: Town, payer: string, payee: string, amount: number) {
  const { terminal } = town.resident(payee).device;
  const order = terminal.order('pull', amount);
  const card = town.resident(payer).device;
  const inFlightTransfers = card.wallet.ledger.inFlightTransfers.length;
  const before = await offlineTotal(town);
  for (
    let airByte = 600;
    card.wallet.ledger.inFlightTransfers.length === inFlightTransfers && !order.done;
    airByte += 10
  ) {
    town.touch(payee, payer, order, { airByte, what: 'hand away' });
  }
  expect(card.wallet.ledger.inFlightTransfers.length).toBe(inFlightTransfers + 1);
  expect(order.done).toBe(false);
  expect(await offlineTotal(town)).toBe(before);
  return order;
}
