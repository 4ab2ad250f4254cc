import { describe, expect, test } from 'vitest';
import { EventCode, parseEvents } from '../../firmware/app/event-log.js';
import { concat, putU16 } from '../../firmware/bytes.js';
import { PROXIMITY_STATED_US_MAX, PROXIMITY_TRIES_MAX } from '../../firmware/limits.js';
import { buildCommand, Ins } from '../../firmware/protocol/apdu.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { meetsBars, NETWORK_US, RELAY_MAX_US, TURN_AROUNDS_US, WIRES } from '../../sim/relay/bars.js';
import { RelayTrial } from '../../sim/relay/trial.js';
import { Relay, type RelayParts } from '../../sim/world/relay.js';
import { sharedCrypto } from '../../sim/world/shared-crypto.js';
import { TestBank } from '../../sim/world/test-bank.js';
import { World } from '../../sim/world/world.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;
const SEED = Number(process.env.TAPNOTE_SEED ?? 1);
const TOUCHES = 25;

describe('the bound on relays', () => {
  const kinds = WIRES.flatMap((wires) => TURN_AROUNDS_US.map((turn_us) => ({ ...wires, turn_us })));

  test.each(kinds)(
    'refuses what a network of 5 ms carries, and no honest touch: $link, IRQ $irq, chips of $turn_us us',
    ({ turn_us, ...wires }) => {
      const crypto = sharedCrypto(opensslCrypto);
      const options = { crypto, seed: SEED, wires, turnAround_us: turn_us, relayMax_us: RELAY_MAX_US };
      const trial = new RelayTrial(options);
      for (let touch = 0; touch < TOUCHES; touch++) {
        trial.touch();
        trial.relayedTouch(NETWORK_US);
      }
      trial.checkValue();
      expect([trial.honest.touches, trial.relayed.touches]).toEqual([TOUCHES, TOUCHES]);
      expect(meetsBars(trial), `TAPNOTE_SEED=${SEED}: ${JSON.stringify(trial)}`).toBe(true);
    },
  );
});

/** A till that checks, a wallet with money, and a relay between them. */
function town(onCommand?: RelayParts['onCommand'], relayMax_us = RELAY_MAX_US) {
  const world = new World(SEED, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const [till, wallet] = ['till', 'wallet'].map((name) => world.device(name));
  bank.enrol(till!, { limits: { relayMax_us } });
  bank.enrol(wallet!);
  bank.settle(wallet!.wallet, bank.notes(wallet!.wallet, [LOADED]));
  const { clock, field } = world;
  const parts = { clock, field, network_us: NETWORK_US, ...(onCommand && { onCommand }) };
  const order = till!.terminal.order('pull', 100);
  return {
    world,
    till: till!,
    wallet: wallet!,
    order,
    held: () => [till!.wallet.ledger.held, wallet!.wallet.ledger.held],
    relayed: (which = order) => world.touch(till!, wallet!, which, undefined, new Relay(parts)).result!,
    honest: () => world.touch(till!, wallet!, order).result!,
  };
}

const NOTHING_MOVED = [0, LOADED];
const PAID = [100, LOADED - 100];
const isProximity = (command: Uint8Array) => command[1] === Ins.proximity;
const ok = (data: Uint8Array) => concat(data, Uint8Array.of(0x90, 0x00));

test('a touch that is refused for a relay is told with its excess, noted, and the order goes on with the card there', () => {
  const { till, order, relayed, honest, held } = town();
  const result = relayed();
  expect(result).toMatchObject({ outcome: 'torn', fault: { kind: 'relay', excess_us: result.excess_us } });
  expect(result.excess_us).toBeGreaterThan(NETWORK_US);
  const noted = parseEvents(till.log.read(0)).filter(({ code }) => code === EventCode.relay);
  expect(noted.map(({ detail }) => detail)).toEqual([result.excess_us]);
  expect(held()).toEqual(NOTHING_MOVED);
  expect(honest().outcome).toBe('paid');
  expect([order.done, held()]).toEqual([true, PAID]);
});

test('asks three times, and no more', () => {
  let asked = 0;
  const { relayed } = town((command, respond, carry) => {
    if (isProximity(command)) asked++;
    carry(command, respond);
  });
  expect(relayed().fault?.kind).toBe('relay');
  expect(asked).toBe(PROXIMITY_TRIES_MAX);
});

test('a bound of 0 checks nothing, and neither does a reader whose timing is not known', () => {
  const unchecked = town(undefined, 0);
  expect(unchecked.relayed()).toMatchObject({ outcome: 'paid', excess_us: undefined });
  expect(unchecked.held()).toEqual(PAID);
  const other = town();
  const { connect, release, transceive } = other.till.reader;
  // As a PC/SC reader has it.
  other.till.terminal = new Terminal(other.till.wallet, { connect, release, transceive });
  expect(other.relayed()).toMatchObject({ outcome: 'paid', excess_us: undefined });
  expect(other.held()).toEqual(PAID);
});

describe('a relay that is not content to carry', () => {
  /** Answers the first check at once, of its own making. */
  const inItsPlace = (answer: (command: Uint8Array) => Uint8Array): RelayParts['onCommand'] => {
    return (command, respond, carry) => {
      if (isProximity(command)) respond(answer(command));
      else carry(command, respond);
    };
  };
  const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  let before: Uint8Array = new Uint8Array(0);

  test.each<[string, RelayParts['onCommand']]>([
    ['answers in the place of the card', inItsPlace(() => ok(Uint8Array.of(1, 2, 3, 4, 4, 0)))],
    [
      'answers by what the card has answered before it was asked',
      (command, respond, carry) => {
        if (isProximity(command)) respond(before);
        else if (command[1] === Ins.select) {
          carry(command, (selected) =>
            carry(buildCommand(Ins.proximity, new Uint8Array(4)), (early) => {
              before = early;
              respond(selected);
            }),
          );
        } else carry(command, respond);
      },
    ],
    [
      'has asked the card too, and answers before that answer can have come',
      (command, respond, carry) => {
        if (isProximity(command)) {
          respond(ok(Uint8Array.of(1, 2, 3, 4, 4, 0)));
          carry(command, () => {});
        } else carry(command, respond);
      },
    ],
  ])('and %s, has no session', (_, onCommand) => {
    const { relayed, honest, held } = town(onCommand);
    const result = relayed();
    expect(result.fault).toMatchObject({ kind: 'status' });
    expect(result.excess_us).toBeLessThan(RELAY_MAX_US);
    expect(held()).toEqual(NOTHING_MOVED);
    expect(honest().outcome).toBe('paid');
    expect(held()).toEqual(PAID);
  });

  // So wide that what it changes is the only thing wrong.
  const WIDE_US = 50_000;

  test.each<[string, RelayParts['onCommand']]>([
    [
      "changes the terminal's nonce",
      (command, respond, carry) => carry(isProximity(command) ? flipped(command, 6) : command, respond),
    ],
    [
      "changes the card's nonce",
      (command, respond, carry) =>
        carry(command, (answer) => respond(isProximity(command) ? flipped(answer, 2) : answer)),
    ],
    [
      'says that the card takes longer than it has said',
      (command, respond, carry) =>
        carry(command, (answer) => {
          if (isProximity(command)) putU16(answer, 4, 9_999);
          respond(answer);
        }),
    ],
  ])('but %s, has no session, however long it may take', (_, onCommand) => {
    const { relayed, honest, held } = town(onCommand, WIDE_US);
    expect(relayed().fault).toMatchObject({ kind: 'status' });
    expect(held()).toEqual(NOTHING_MOVED);
    expect(honest().outcome).toBe('paid');
    expect(held()).toEqual(PAID);
  });

  test('pays nothing by the answer of an earlier touch, which was good then', () => {
    let earlier: Uint8Array | undefined;
    const { till, relayed, held } = town((command, respond, carry) => {
      if (isProximity(command) && earlier) return respond(earlier);
      carry(command, (answer) => {
        if (isProximity(command)) earlier = answer;
        respond(answer);
      });
    }, WIDE_US);
    expect(relayed().outcome).toBe('paid');
    expect(relayed(till.terminal.order('pull', 200)).fault).toMatchObject({ kind: 'status' });
    expect(held()).toEqual(PAID);
  });

  test('wins no time by keeping the answer back for GET RESPONSE', () => {
    let fetched: Uint8Array | undefined;
    let waiting: ((response: Uint8Array) => void) | undefined;
    const { relayed, held } = town((command, respond, carry) => {
      if (isProximity(command)) {
        carry(command, (answer) => {
          fetched = answer;
          waiting?.(answer);
        });
        respond(Uint8Array.of(0x61, 0x06));
      } else if (command[1] !== Ins.getResponse) carry(command, respond);
      else if (fetched) respond(fetched);
      else waiting = respond;
    });
    expect(relayed().fault).toEqual({ kind: 'status', status: 0x6106 });
    expect(held()).toEqual(NOTHING_MOVED);
  });
});

test('a card that says it takes 65,535 us is believed 10,000 of them', () => {
  const states = (us: number) => (command: Uint8Array, respond: (answer: Uint8Array) => void) => {
    if (!isProximity(command)) return respond(Uint8Array.of(0x6d, 0x00));
    const answer = new Uint8Array(6);
    putU16(answer, 4, us);
    respond(ok(answer));
  };
  const excess = (us: number) =>
    town((command, respond, carry) =>
      isProximity(command) ? states(us)(command, respond) : carry(command, respond),
    ).relayed().excess_us!;
  expect(excess(0) - excess(PROXIMITY_STATED_US_MAX)).toBe(PROXIMITY_STATED_US_MAX);
  expect(excess(0xffff)).toBe(excess(PROXIMITY_STATED_US_MAX));
});
