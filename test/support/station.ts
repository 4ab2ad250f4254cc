import { hex } from '../../sim/bank/bytes.js';
import type { Bank, Kept, ProvisioningStation } from '../../tools/cli/serial/station.js';

/** A host with this bank, whose records outlive its process. */
export function stationOf(bank: Bank): ProvisioningStation {
  const kept = new Map<string, Kept>();
  const homes = new Map<string, string>();
  return {
    bank,
    where: 'memory',
    currency: () => Promise.resolve('CNY'),
    probe: () => Promise.resolve(),
    kept: (key) => kept.get(hex(key)),
    keep: (key, each) => void kept.set(hex(key), each),
    forget: (key) => void kept.delete(hex(key)),
    homeOf: (device) => homes.get(hex(device)),
    settled: (device) => void homes.set(hex(device), 'memory'),
    close: () => Promise.resolve(),
  };
}
