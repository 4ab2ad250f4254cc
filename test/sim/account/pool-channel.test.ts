import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { NO_POOL_RULES } from '../../../sim/account/pool.js';
import { FRAME_BYTES_MAX, terminalNameOf } from '../../../sim/account/pool-channel.js';
import { PoolClient } from '../../../sim/account/pool-client.js';
import { PoolGateway } from '../../../sim/account/pool-gateway.js';
import { hex } from '../../../sim/bank/bytes.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { askOf } from './pool-site.js';

const T0 = 1_800_000_000;
const keyOf = (byte: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));
const [GATEWAY, TERMINAL, OTHER] = [keyOf(9), keyOf(20), keyOf(21)];

function gatewayOf({ key = GATEWAY, site = 'a', seed = 1, time_s = T0 } = {}): PoolGateway {
  return new PoolGateway({
    crypto,
    entropy: new SimEntropy(seed, 'gateway'),
    key,
    site,
    terminals: [TERMINAL, OTHER].map((each) => each.slice(32)),
    rules: NO_POOL_RULES,
    time_s: () => time_s,
  });
}

/** A terminal whose frames are written down, and reach `gateway` at once. */
function terminalAt(gateway: PoolGateway, { key = TERMINAL, seed = 1 } = {}) {
  const sent: Uint8Array[] = [];
  const clock = new VirtualClock();
  const name = terminalNameOf(crypto, key.subarray(32));
  const client = new PoolClient({
    crypto,
    entropy: new SimEntropy(seed, 'terminal'),
    clock: new DeviceClock(clock),
    key,
    site: 'a',
    gateway: GATEWAY.slice(32),
    bills: {
      receipted: 0,
      last: 0,
      at: () => {
        throw new RangeError('no bill');
      },
    },
    send: (instance, frame) => {
      sent.push(frame);
      const reply = gateway.take(name, frame);
      if (reply) clock.schedule(1, () => client.take(instance, reply));
    },
  });
  const ask = (counter: number): PoolVerdict | undefined => {
    let said: PoolVerdict | undefined;
    client.ask(askOf(1, counter, 100, 500), (verdict) => {
      said = verdict;
    });
    clock.runFor(200_000);
    return said;
  };
  const meet = (hello = gateway.hello()): void => {
    client.hello(hello);
    clock.runFor(10_000);
  };
  return { client, clock, sent, ask, meet, name };
}

describe('the channel of a terminal and its gateway', () => {
  it('hears nothing twice, nothing of an earlier session, and nothing that another terminal has said', () => {
    const gateway = gatewayOf();
    const first = terminalAt(gateway);
    first.meet();
    expect(first.ask(1)).toBe(PoolVerdict.granted);
    first.client.released();
    const old = [...first.sent];
    // The same terminal after a start of its own.
    const second = terminalAt(gateway, { seed: 2 });
    second.meet();
    expect(second.ask(2)).toBe(PoolVerdict.granted);
    second.client.released();
    const answered = [...gateway.answered];
    for (const frame of [...old, ...second.sent, ...old]) gateway.take(first.name, frame);
    const other = terminalAt(gateway, { key: OTHER });
    for (const frame of second.sent) gateway.take(other.name, frame);
    expect(gateway.answered).toEqual(answered);
    // Nothing is reserved by what was played again, and the terminal is heard as before.
    expect(second.ask(1)).toBe(PoolVerdict.granted);
  });

  it('tells a stranger nothing, and lets nobody in by any bytes', () => {
    const gateway = gatewayOf();
    const honest = terminalAt(gateway);
    honest.meet();
    const frames = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.nat(honest.sent.length - 1), fc.nat(60), fc.integer({ min: 1, max: 255 }))
        .map(([i, at, flip]) => {
          const worked = honest.sent[i].slice();
          worked[at % worked.length] ^= flip;
          return worked;
        }),
      fc.constant(new Uint8Array(FRAME_BYTES_MAX + 1).fill(3)),
    );
    fc.assert(
      fc.property(frames, (frame) => {
        expect(gateway.take(honest.name, frame)).toBeUndefined();
      }),
    );
    expect(gateway.take('00'.repeat(8), honest.sent[0])).toBeUndefined();
    const stranger = terminalAt(gateway, { key: keyOf(99) });
    stranger.meet();
    expect([stranger.client.gateways, stranger.ask(1)]).toEqual([[], PoolVerdict.unanswered]);
    expect(honest.ask(1)).toBe(PoolVerdict.granted);
  });

  it('is opened with the gateway of this site alone, and not with one that is long gone', () => {
    const gateway = gatewayOf();
    const terminal = terminalAt(gateway);
    for (const wrong of [{ key: keyOf(8) }, { site: 'b' }]) terminal.meet(gatewayOf(wrong).hello());
    const worked = gateway.hello();
    worked[worked.length - 1] ^= 1;
    terminal.meet(worked);
    expect(terminal.sent).toEqual([]);
    terminal.meet();
    terminal.meet(gatewayOf({ seed: 2, time_s: T0 - 31 }).hello());
    expect(terminal.client.gateways).toEqual([hex(gateway.instance)]);
    expect(terminal.sent.filter(([kind]) => kind === 1)).toHaveLength(1);
  });

  it('has keys of its own with each terminal: a weak key makes none', () => {
    expect(
      () =>
        new PoolGateway({
          crypto,
          entropy: new SimEntropy(1, 'x'),
          key: GATEWAY,
          site: 'a',
          terminals: [new Uint8Array(32)],
          rules: NO_POOL_RULES,
          time_s: () => T0,
        }),
    ).toThrow(RangeError);
  });
});
