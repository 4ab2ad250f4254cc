import { opensslCrypto } from '../../hal/crypto/openssl.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Device } from '../../sim/device/device.js';

/** A provider of crypto that counts its calls by their names. */
export function countingCrypto() {
  const calls: Record<string, number> = {};
  const crypto = new Proxy(opensslCrypto, {
    get: (target, name: keyof Crypto & string) => {
      calls[name] ??= 0;
      return (...given: never[]) => {
        calls[name]++;
        return (target[name] as (...given: never[]) => unknown)(...given);
      };
    },
  });
  return { crypto, calls };
}

/** All that a device does for `run`: crypto calls by name, and flash operations by kind. */
export function workOf(device: Device, calls: Record<string, number>, run: () => void): string {
  const { counters } = device.nor;
  const before = { ...calls, ...counters };
  run();
  const now: Record<string, number> = { ...calls, ...counters };
  const done = Object.keys(now)
    .sort()
    .map((name) => [name, now[name] - ((before as Record<string, number>)[name] ?? 0)])
    .filter(([, count]) => count !== 0);
  return done.map((each) => each.join(' ')).join(', ');
}
