import { expect } from 'vitest';
import { newInvoice } from '../../../firmware/payment/invoice-id.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { HostileCard } from '../../support/hostile-card.js';
import { type Identity, rogue } from '../../support/hostile-terminal.js';

export const START_S = 1_800_000_000;

export const PRICE = 250;

export function stall(identity?: (bank: TestBank) => Identity) {
  const world = new World(2, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('stall');
  bank.enrol(device, { category: 5812 });
  const card = new HostileCard(bank, identity?.(bank) ?? rogue(bank));
  return { world, bank, device, card };
}

/** The terminal has nothing that it did not have before, and has promised nothing. */
export function expectUntouched(device: Device): void {
  expect(device.wallet.ledger.held).toBe(0);
  expect(device.wallet.ledger.inFlightTransfers).toHaveLength(0);
}

export const sale = (device: Device, amount = PRICE) => device.terminal.order('pull', amount);

/** An invoice id of this terminal's present epoch, which it has never made. */
export function ownInvoice({ wallet }: Device): Uint8Array {
  return newInvoice(wallet, PRICE, START_S).id;
}
