import { describe, expect, test } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { CERTIFICATE_CACHE_MAX } from '../../../firmware/limits.js';
import { Certificate, Role } from '../../../firmware/objects/certificate.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, buildHello, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { FlashError } from '../../../hal/flash.js';
import { hex } from '../../../sim/bank/bytes.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, type TestBank } from '../../../sim/world/test-bank.js';
import { cardStates, DAY_S, START_S } from '../../support/card-states.js';
import { workOf } from '../../support/counting.js';
import { bankAnswer } from '../../support/hostile-sync.js';
import { HostileTerminal, type Identity, rogue } from '../../support/hostile-terminal.js';

const SELECT = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 });
const envelope = (data: Uint8Array) => buildCommand(Ins.envelope, data, { cla: CLA_ISO });
const EMPTY = new Uint8Array(0);

/**
 * Somebody with keys of his own and a certificate that he has made himself, claiming whatever may bring
 * something out.
 */
function pretenders(
  bank: TestBank,
  claims: readonly Partial<Parameters<typeof Certificate.build>[2]>[],
): Identity[] {
  const forger = bank.crypto.ed25519KeyFromSeed(bank.random(32));
  return claims.map((claim) => {
    const identity = rogue(bank);
    const { certificate } = identity;
    const fields = {
      id: certificate.id,
      issuer: bank.number,
      publicKey: certificate.publicKey,
      notAfter_s: START_S + 365 * DAY_S,
      role: Role.bank,
      category: 0,
      tier: 1,
    };
    return { ...identity, certificate: Certificate.build(bank.crypto, forger, { ...fields, ...claim }) };
  });
}

/**
 * Everything that such a reader can try at a card, one touch after another, and all that the card says and
 * does for it.
 */
function interrogate(
  { bank, calls }: ReturnType<typeof cardStates>,
  device: Device,
  strangers: readonly Identity[],
): string[] {
  const learnt: string[] = [];
  const noise = new SimEntropy(3, 'the same for every card');
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    noise.fill(bytes);
    return bytes;
  };
  /** Random bytes are checked apart: here only how many there are. */
  const exchange = (what: string, command: Uint8Array, isFresh = false): Uint8Array => {
    let response: Uint8Array = EMPTY;
    const work = workOf(device, calls, () => {
      response = device.exchange(command);
    });
    const told = isFresh && response.length > 2 ? `${response.length} bytes` : hex(response);
    learnt.push(`${what}: ${told} ${hex(response.slice(-2))}; ${work}`);
    return response;
  };
  const touch = (run: () => void): void => {
    device.card.onActivated();
    run();
    learnt.push(`gone; ${workOf(device, calls, () => device.card.onDeactivated('removed'))}`);
  };

  touch(() => {
    exchange('select', SELECT, true);
    for (const length of [0, 3, 5, 4, 4, 4, 4]) {
      const said = exchange('proximity', buildCommand(Ins.proximity, random(length)), true);
      learnt.push(`it states ${hex(said.slice(4))}`);
    }
    for (const length of [0, 10, 100, 200, 250, 400])
      exchange('hello', buildCommand(Ins.hello, random(length)));
    for (const ins of [Ins.makeKeys, Ins.prove, Ins.personalise, Ins.setPin, Ins.secure, 0x77])
      for (const length of [0, 3, 12, 32, 100, 700]) exchange(`${ins}`, buildCommand(ins, random(length)));
    exchange('set a PIN', buildCommand(Ins.setPin, ascii('123456782468')));
  });
  touch(() => {
    exchange('select', SELECT, true);
    exchange('sync', envelope(EMPTY), true);
    exchange('sync, garbage', envelope(random(300)));
    exchange('sync, without a beginning', envelope(random(300)));
  });
  for (const identity of strangers) {
    touch(() => {
      exchange('select', SELECT, true);
      exchange('sync', envelope(EMPTY), true);
      exchange('sync, another’s certificate', envelope(concat(identity.certificate.bytes, random(52))));
      const theirs = exchange('sync', envelope(EMPTY), true).slice(0, -2);
      exchange('sync, a certificate of his own', envelope(bankAnswer(bank, identity, theirs).message));
    });
    const isFirst = identity === strangers[0];
    for (const message of isFirst ? Object.values(Message) : [Message.invoice, Message.identify]) {
      touch(() => {
        const terminal = new HostileTerminal(
          bank,
          (command) => exchange('session', command, command[1] !== Ins.hello),
          identity,
        );
        terminal.open();
        const sealed = terminal.seal(concat(Uint8Array.of(message), random(20)));
        const { status, data } = terminal.sendSealed(sealed);
        const plain = status === StatusWord.ok ? terminal.session?.open(data) : undefined;
        learnt.push(`message ${message}: ${plain && hex(plain)}`);
      });
    }
    touch(() => {
      exchange('select', SELECT, true);
      exchange('hello', buildHello(random(32), identity.certificate.compact));
      exchange('without a key', buildCommand(Ins.secure, random(60)));
    });
  }
  return learnt;
}

/**
 * Dates between which the cards' clocks differ, ids on a hot list or of the cards themselves, operators known
 * and unknown.
 */
function strangersFor({ bank, states, listed, stall }: ReturnType<typeof cardStates>): Identity[] {
  const ids = Object.values(states).map((device) => ({ id: device.wallet.certificate.id.slice() }));
  return pretenders(bank, [
    {},
    { issuer: 99 },
    { id: listed },
    { id: stall.wallet.certificate.id.slice() },
    ...ids,
    { role: Role.person },
    { notAfter_s: START_S - 1 },
    { notAfter_s: START_S + DAY_S },
  ]);
}

describe('a reader without a certified key', () => {
  const all = cardStates();
  const { bank, calls, states, stall } = all;
  const strangers = strangersFor(all);
  const reference = states.empty;

  test('meets cards in every condition', () => {
    const lives = new Set(Object.values(states).map((device) => device.wallet.lifecycle));
    const { personalised, active, pinLocked, suspended, expired } = Lifecycle;
    expect([...lives].sort()).toEqual([personalised, active, pinLocked, suspended, expired].sort());
    expect(Object.keys(states).length).toBeGreaterThan(15);
  });

  test('learns the same from every card, byte by byte, and makes each do the same work', () => {
    const first = interrogate(all, reference, strangers);
    expect(first.length).toBeGreaterThan(500);
    for (const [name, device] of Object.entries(states))
      expect(interrogate(all, device, strangers), name).toEqual(first);
  });

  test('leaves no trace in flash or memory that another reader finds, after a power cut or without', () => {
    const few = strangers.slice(0, 4);
    const first = interrogate(all, reference, few);
    for (const [name, device] of Object.entries(states)) {
      const image = hex(device.nor.exportImage());
      interrogate(all, device, few);
      expect(hex(device.nor.exportImage()) === image, name).toBe(true);
      expect(interrogate(all, device, few), name).toEqual(first);
      device.powerOff();
      device.powerOn();
      expect(interrogate(all, device, few), name).toEqual(first);
    }
  });

  test('cannot write into a card by certificates that it has recorded, for another to read', () => {
    const recorded = Array.from({ length: 16 }, () => rogue(bank).certificate);
    const greet = (certificate: Certificate): string => {
      reference.card.onActivated();
      reference.exchange(SELECT);
      const hello = buildHello(bank.random(32), certificate.compact);
      const work = workOf(reference, calls, () => reference.exchange(hello));
      reference.card.onDeactivated('removed');
      return work;
    };
    const image = hex(reference.nor.exportImage());
    const fresh = greet(rogue(bank).certificate);
    expect(fresh).toContain('ed25519Verify 1');
    for (const [bit, certificate] of recorded.entries()) if (bit % 3 === 0) greet(certificate);
    for (const certificate of recorded) expect(greet(certificate)).toBe(fresh);
    reference.powerOff();
    reference.powerOn();
    for (const certificate of recorded) expect(greet(certificate)).toBe(fresh);
    expect(hex(reference.nor.exportImage()) === image).toBe(true);
  });

  test('learns no more from a bank’s certificate that it has recorded than from a forged one', () => {
    const genuine = rogue(bank, { role: Role.bank });
    const old = rogue(bank, { role: Role.bank, notAfter_s: START_S - DAY_S });
    const [forged] = pretenders(bank, [{}]);
    const ask = (device: Device, { certificate }: Identity): string => {
      device.exchange(SELECT);
      device.exchange(envelope(EMPTY));
      let response: Uint8Array = EMPTY;
      const message = concat(certificate.bytes, bank.random(52));
      const work = workOf(device, calls, () => {
        response = device.exchange(envelope(message));
      });
      return `${hex(response)} ${work}`;
    };
    const first = ask(reference, forged);
    expect(first).not.toContain('ed25519');
    for (const device of Object.values(states))
      for (const identity of [genuine, old, forged]) expect(ask(device, identity)).toBe(first);
  });

  test('gets random bytes that are never the same twice', () => {
    const seen: string[] = [];
    for (const device of Object.values(states)) {
      for (let again = 0; again < 8; again++) {
        seen.push(hex(device.exchange(SELECT).slice(1, 33)));
        seen.push(hex(device.exchange(envelope(EMPTY)).slice(0, 32)));
      }
    }
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('tells a card that remembers a certificate from one that does not by its work only', () => {
    const met = states['has paid'];
    const hello = buildHello(bank.random(32), stall.wallet.certificate.compact);
    const greet = (device: Device) => {
      device.exchange(SELECT);
      return workOf(device, calls, () => expect(hex(device.exchange(hello))).toBe('9000'));
    };
    expect(greet(reference)).toContain('ed25519Verify 1');
    expect(greet(met)).not.toContain('ed25519Verify');
  });
});

describe('who holds the key of a genuine certificate', () => {
  test('is remembered once the session is open, and in flash when a payment has come of it', () => {
    const { bank, calls, states } = cardStates(13);
    const device = states['with notes'];
    const identities = Array.from({ length: CERTIFICATE_CACHE_MAX + 8 }, () => rogue(bank));
    const meet = (identity: Identity): string => {
      device.card.onActivated();
      const terminal = new HostileTerminal(bank, (command) => device.exchange(command), identity);
      const work = workOf(device, calls, () => terminal.open());
      terminal.say(Message.identify);
      device.card.onDeactivated('removed');
      return work;
    };
    // The settlement that brought the notes was an entry, and lets one be written.
    meet(rogue(bank));
    const image = hex(device.nor.exportImage());
    expect(meet(identities[0])).toContain('ed25519Verify 1');
    expect(meet(identities[0])).not.toContain('ed25519Verify');
    for (const identity of identities) meet(identity);
    expect(hex(device.nor.exportImage()) === image).toBe(true);
    const payee = new HostileTerminal(bank, (command) => device.exchange(command), identities[3]);
    device.card.onActivated();
    payee.say(Message.receipt, payee.receipt(payee.takeMoney(payee.invoice({ amount: 3 }))).compact);
    device.card.onDeactivated('removed');
    device.powerOff();
    device.powerOn();
    expect(meet(identities[3])).not.toContain('ed25519Verify');
    expect(meet(identities[5])).toContain('ed25519Verify 1');
  });
});

describe('what stands out', () => {
  test('a device without a certificate: it is nobody’s yet, and takes a personalisation', () => {
    const { world } = cardStates(14);
    const blank = world.device('blank');
    const status = (command: Uint8Array) => hex(blank.exchange(command).slice(-2));
    blank.exchange(SELECT);
    expect(status(buildCommand(Ins.hello, new Uint8Array(197)))).toBe('6985');
    expect(status(envelope(EMPTY))).toBe('6283');
    expect(status(buildCommand(Ins.makeKeys, ascii('CNY')))).toBe('9000');
  });

  test('a card whose flash fails: it answers everybody alike until it is started again', () => {
    const { bank, states } = cardStates(15);
    const device = states['with notes'];
    const shop = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
    device.nor.program = () => {
      throw new FlashError('alignment', 'worn out');
    };
    expect(() => shop.takeMoney(shop.invoice({ amount: 1 }))).toThrow();
    for (const command of [SELECT, envelope(EMPTY), buildCommand(Ins.hello, new Uint8Array(197))])
      expect(hex(device.exchange(command))).toBe('6581');
  });
});
