import { describe, expect, it } from 'vitest';
import { Mode } from '../../../firmware/app/mode.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Order, TouchResult } from '../../../firmware/terminal/order.js';
import type { Notice, UserActions, UserInterface } from '../../../firmware/ui/user-interface.js';
import { NfcError } from '../../../hal/nfc.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

function bench() {
  const world = new VirtualClock();
  const clock = new DeviceClock(world);
  const pass = (ms: number) => world.runUntil(() => false, ms * 1000);
  return { clock, pass };
}

describe('the mode of a device', () => {
  function mode(results: TouchResult[], lifecycle: Lifecycle = Lifecycle.active) {
    const { clock, pass } = bench();
    const log: string[] = [];
    let owner: UserActions | undefined;
    const ui: UserInterface = {
      attach: (met) => {
        owner = met;
      },
      show: () => {},
      press: () => {},
      notify: (notice: Notice) => void log.push(notice),
    };
    const order = {
      kind: 'pull',
      amount: 100,
      id: new Uint8Array(8),
      invoice: {},
      done: false,
    } as unknown as Order;
    const options = {
      wallet: { lifecycle },
      handler: { onActivated: () => {}, onCommand: () => {}, onDeactivated: () => {} },
      card: {
        listen: () => void log.push('listens'),
        stop: (done: () => void) => void clock.schedule(0, done),
      },
      terminal: {
        order: () => order,
        cancel: () => void log.push('cancels'),
        touch: (_order: Order, timeout_ms: number, done: (result: TouchResult) => void) => {
          log.push('touches');
          clock.schedule(timeout_ms, () => done(results.shift() ?? nobody));
        },
      },
      ui,
      clock,
      idle_ms: 5_000,
      onIdle: () => void log.push('idle'),
    };
    const subject = new Mode(options as unknown as ConstructorParameters<typeof Mode>[0]);
    subject.start();
    return { log, pass, subject, owner: owner as unknown as UserActions };
  }

  const nobody: TouchResult = {
    outcome: 'torn',
    fault: { kind: 'nfc', error: new NfcError('timeout', 'no card came') },
    resumed: [],
    card: undefined,
    excess_us: undefined,
  };
  const paid: TouchResult = { outcome: 'paid', resumed: [], card: undefined, excess_us: undefined };

  it('is a card, a terminal while it asks, and a card again when it is paid', () => {
    const { log, owner, pass } = mode([nobody, paid]);
    owner.onAsk(100);
    pass(4_000);
    expect(log).toEqual(['ready', 'listens', 'asking', 'touches', 'touches', 'ready', 'listens', 'paid']);
  });

  const refused = (by: 'card' | 'terminal', why: Refusal): TouchResult => ({
    ...paid,
    outcome: 'refused',
    refusal: { by, why },
  });

  it.each([Refusal.button, Refusal.pin])(
    'keeps the order while a cardholder is asked for consent (refusal %i)',
    (why) => {
      const { log, owner, pass } = mode([refused('card', why), paid]);
      owner.onAsk(100);
      pass(4_000);
      expect(log.slice(3)).toEqual(['touches', 'again', 'touches', 'ready', 'listens', 'paid']);
    },
  );

  it('calls a sale off that another card ends, when an earlier touch was torn', () => {
    const torn: TouchResult = { ...paid, outcome: 'torn', fault: { kind: 'protocol' } };
    const { log, owner, pass } = mode([torn, refused('card', Refusal.insufficient)]);
    owner.onAsk(100);
    pass(4_000);
    expect(log.slice(3)).toEqual(['touches', 'again', 'touches', 'cancels', 'ready', 'listens', 'refused']);
  });

  it('ends the order at a card that may be elsewhere: each try is one more for whoever carries its answers', () => {
    const far: TouchResult = { ...paid, outcome: 'torn', fault: { kind: 'relay', excess_us: 9_000 } };
    const { log, owner, pass } = mode([far]);
    owner.onAsk(100);
    pass(4_000);
    expect(log.slice(3)).toEqual(['touches', 'cancels', 'ready', 'listens', 'relay']);
  });

  it('asks on after a wallet of another version, and says what it was', () => {
    const other: TouchResult = { ...paid, outcome: 'torn', fault: { kind: 'version' } };
    const { log, owner, pass } = mode([other, paid]);
    owner.onAsk(100);
    pass(4_000);
    expect(log.slice(3)).toEqual(['touches', 'version', 'touches', 'ready', 'listens', 'paid']);
  });

  it('hears its owner call it off', () => {
    const { log, owner, pass } = mode([]);
    owner.onAsk(100);
    pass(100);
    owner.onCancel();
    pass(2_000);
    expect(log.slice(3)).toEqual(['touches', 'cancels', 'ready', 'listens']);
  });

  it('gives up when nobody comes for a minute, and calls the sale off', () => {
    const { log, owner, pass } = mode([]);
    owner.onAsk(100);
    pass(62_000);
    expect(log.slice(-3)).toEqual(['cancels', 'ready', 'listens']);
  });

  it('says when the front end does not answer', () => {
    const dead: TouchResult = {
      ...nobody,
      fault: { kind: 'nfc', error: new NfcError('link', 'no answer') },
    };
    const { log, owner, pass } = mode([dead]);
    owner.onAsk(100);
    pass(2_000);
    expect(log[log.length - 1]).toBe('no-front-end');
  });

  it.each([Lifecycle.blank, Lifecycle.personalised])(
    'does not ask before it is set up: lifecycle %i',
    (lifecycle) => {
      const { log, owner, pass } = mode([], lifecycle);
      owner.onAsk(100);
      pass(2_000);
      expect(log).toEqual(['blank', 'listens', 'blank']);
    },
  );

  it('takes no order while its front end is lent, does not sleep, and is a card again afterwards', () => {
    const { log, owner, pass, subject } = mode([]);
    subject.lend(() => void log.push('still'));
    expect(subject.isBusy).toBe(true);
    pass(60_000);
    owner.onAsk(100);
    pass(1_000);
    expect(log.slice(2)).toEqual(['still', 'busy']);
    subject.takeBack();
    expect(subject.isBusy).toBe(false);
    expect(log.slice(4)).toEqual(['ready', 'listens']);
  });

  it('is busy from an order to its end', () => {
    const { owner, pass, subject } = mode([nobody, paid]);
    expect(subject.isBusy).toBe(false);
    owner.onAsk(100);
    expect(subject.isBusy).toBe(true);
    pass(1_600);
    expect(subject.isBusy).toBe(true);
    pass(4_000);
    expect(subject.isBusy).toBe(false);
  });

  it('goes to sleep when nobody touches it, and not while it asks', () => {
    const { log, owner, pass } = mode([]);
    owner.onAsk(100);
    pass(30_000);
    expect(log).not.toContain('idle');
    pass(40_000);
    expect(log[log.length - 1]).toBe('idle');
  });
});
