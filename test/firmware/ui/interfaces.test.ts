import { describe, expect, it } from 'vitest';
import { Mode } from '../../../firmware/app/mode.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import type { Order, TouchResult } from '../../../firmware/terminal/order.js';
import { Button } from '../../../firmware/ui/button.js';
import { LampInterface, STEP_AMOUNT } from '../../../firmware/ui/lamp-interface.js';
import { ScreenInterface } from '../../../firmware/ui/screen-interface.js';
import type { Notice, Press, UserActions, UserInterface } from '../../../firmware/ui/user-interface.js';
import { NfcError } from '../../../hal/nfc.js';
import type { Prompt } from '../../../hal/presence.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

const PROMPT = {
  amount: 1_250,
  currency: Uint8Array.of(0x43, 0x4e, 0x59),
  payee: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  needsPin: false,
};

function desk() {
  const world = new VirtualClock();
  const clock = new DeviceClock(world);
  const pass = (ms: number) => world.runUntil(() => false, ms * 1000);
  return { clock, pass };
}

/** Writes down what its owner did. */
function listener(): { owner: UserActions; heard: string[] } {
  const heard: string[] = [];
  const owner: UserActions = {
    onConsent: () => void heard.push('consent'),
    onPin: (digits) => void heard.push(`pin ${String.fromCharCode(...digits)}`),
    onDecline: () => void heard.push('no'),
    onAsk: (amount) => void heard.push(`ask ${amount}`),
    onCancel: () => void heard.push('cancel'),
  };
  return { owner, heard };
}

describe('a button', () => {
  function button() {
    const { clock, pass } = desk();
    const presses: Press[] = [];
    const contact = { down: false };
    const button = new Button(
      clock,
      () => contact.down,
      (press) => presses.push(press),
    );
    const set = (down: boolean, ms: number) => {
      contact.down = down;
      button.edge();
      pass(ms);
    };
    return { set, presses };
  }

  it('is pressed once however much its contact bounces', () => {
    const { set, presses } = button();
    for (const down of [true, false, true, false, true]) set(down, 3);
    set(true, 100);
    for (const down of [false, true, false]) set(down, 3);
    set(false, 100);
    expect(presses).toEqual(['short']);
  });

  it('tells of a long press while it is held, and nothing more when it is let go', () => {
    const { set, presses } = button();
    set(true, 1_000);
    expect(presses).toEqual(['long']);
    set(false, 100);
    set(true, 100);
    set(false, 100);
    expect(presses).toEqual(['long', 'short']);
  });

  it('does not take a spike for a press', () => {
    const { set, presses } = button();
    set(true, 5);
    set(false, 2_000);
    expect(presses).toEqual([]);
  });
});

describe('a lamp and a button', () => {
  function lampFace() {
    const { clock, pass } = desk();
    const lamp = { on: false, flashes: 0 };
    const ui = new LampInterface(
      {
        set: (on) => {
          if (on && !lamp.on) lamp.flashes++;
          lamp.on = on;
        },
      },
      clock,
    );
    const { owner, heard } = listener();
    ui.attach(owner);
    const flashesIn = (ms: number) => {
      const before = lamp.flashes;
      pass(ms);
      return lamp.flashes - before;
    };
    return { ui, heard, pass, lamp, flashesIn };
  }

  it('agrees to a payment that waits, and to nothing when none does', () => {
    const { ui, heard, pass } = lampFace();
    ui.press(0, 'short');
    ui.show(PROMPT);
    pass(1_000);
    ui.press(0, 'short');
    ui.show(undefined);
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('counts an amount by presses between two long ones', () => {
    const { ui, heard } = lampFace();
    ui.press(0, 'long');
    for (let i = 0; i < 3; i++) ui.press(0, 'short');
    ui.press(0, 'long');
    expect(heard).toEqual([`ask ${3 * STEP_AMOUNT}`]);
  });

  it('forgets a sum that is left alone, so that a later press is no part of it', () => {
    const { ui, heard, pass } = lampFace();
    ui.press(0, 'long');
    ui.press(0, 'short');
    pass(11_000);
    ui.show(PROMPT);
    pass(1_000);
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('says no when held while a payment waits', () => {
    const { ui, heard, pass } = lampFace();
    ui.show(PROMPT);
    ui.press(0, 'long');
    ui.show(undefined);
    pass(2_000);
    ui.press(0, 'short');
    expect(heard).toEqual(['no']);
  });

  it('takes no press for consent that was meant for a sum, or for the payment before', () => {
    const { ui, heard, pass } = lampFace();
    ui.press(0, 'long');
    ui.press(0, 'short');
    ui.show(PROMPT);
    for (let i = 0; i < 30; i++) {
      ui.press(0, 'short');
      pass(300);
    }
    pass(1_000);
    ui.show({ ...PROMPT, amount: 50_000 });
    ui.press(0, 'short');
    pass(999);
    ui.press(0, 'short');
    expect(heard).toEqual([]);
    pass(1_000);
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('calls off what it asks for when held again', () => {
    const { ui, heard } = lampFace();
    ui.notify('asking');
    ui.press(0, 'long');
    expect(heard).toEqual(['cancel']);
  });

  it('flashes rarely when ready, fast when a payment waits, and goes back after an outcome', () => {
    const { ui, flashesIn } = lampFace();
    ui.notify('ready');
    expect(flashesIn(9_000)).toBe(3);
    ui.show(PROMPT);
    expect(flashesIn(1_000)).toBeGreaterThanOrEqual(4);
    ui.show(undefined);
    ui.notify('paid');
    flashesIn(2_100);
    expect(flashesIn(9_000)).toBe(3);
  });

  it('is dark asleep', () => {
    const { ui, lamp, flashesIn } = lampFace();
    ui.notify('asleep');
    expect([lamp.on, flashesIn(10_000)]).toEqual([false, 0]);
  });
});

describe('a screen and two buttons', () => {
  function screenFace() {
    const shown: (readonly string[])[] = [];
    const { clock, pass } = desk();
    const screen = {
      show: (lines: readonly string[]) => void shown.push(lines),
      off: () => void shown.push(['off']),
    };
    const ui = new ScreenInterface(screen, clock);
    const { owner, heard } = listener();
    ui.attach(owner);
    /** The payment has been looked at. */
    const ask = (prompt: Prompt) => {
      ui.show(prompt);
      pass(1_000);
    };
    return { ui, heard, pass, ask, top: () => shown[shown.length - 1][0] };
  }

  it('shows payee and amount before it takes consent', () => {
    const { ui, heard, top, ask } = screenFace();
    ask(PROMPT);
    expect(top()).toBe('12.50 CNY');
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('takes a PIN digit by digit, showing only the one being turned', () => {
    const { ui, heard, top, ask } = screenFace();
    ask({ ...PROMPT, needsPin: true });
    ui.press(0, 'short');
    for (const turns of [1, 2, 0, 4]) {
      for (let i = 0; i < turns; i++) ui.press(0, 'short');
      if (turns !== 4) ui.press(1, 'short');
    }
    expect(top()).toBe('***4');
    ui.press(0, 'long');
    expect(heard).toEqual(['pin 1204']);
  });

  it('asks for an amount, and not for nothing', () => {
    const { ui, heard, top } = screenFace();
    ui.press(0, 'long');
    ui.press(0, 'long');
    expect(heard).toEqual([]);
    ui.press(0, 'long');
    ui.press(0, 'short');
    ui.press(1, 'short');
    ui.press(1, 'short');
    expect(top()).toBe('1.00');
    ui.press(0, 'long');
    expect(heard).toEqual(['ask 100']);
  });

  it('switches the screen off to sleep', () => {
    const { ui, top } = screenFace();
    ui.notify('ready');
    ui.notify('asleep');
    expect(top()).toBe('off');
  });

  it('drops a PIN half entered when the payment is off', () => {
    const { ui, heard, top, ask } = screenFace();
    ask({ ...PROMPT, needsPin: true });
    ui.press(0, 'short');
    ui.press(0, 'short');
    expect(top()).toBe('1');
    ui.show(undefined);
    expect(top()).toBe('Ready');
    ui.press(0, 'long');
    expect(heard).toEqual([]);
  });

  it('makes no consent of the presses of a PIN whose payment another one replaced', () => {
    const { ui, heard, pass, ask } = screenFace();
    ask({ ...PROMPT, needsPin: true });
    ui.press(0, 'short');
    const other = { ...PROMPT, amount: 50_000 };
    ui.show(other);
    for (let i = 0; i < 30; i++) {
      ui.press(0, 'short');
      pass(500);
    }
    expect(heard).toEqual([]);
    pass(500);
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('keeps a PIN half entered when the same payment is shown again', () => {
    const { ui, heard, ask } = screenFace();
    const prompt = { ...PROMPT, needsPin: true };
    ask(prompt);
    for (let i = 0; i < 2; i++) ui.press(0, 'short');
    ui.show(prompt);
    for (let i = 0; i < 3; i++) ui.press(1, 'short');
    ui.press(0, 'long');
    expect(heard).toEqual(['pin 1000']);
  });

  it('shows a payment that came during an entry for a second before a press counts', () => {
    const { ui, heard, pass } = screenFace();
    ui.press(0, 'long');
    ui.show(PROMPT);
    pass(5_000);
    ui.press(1, 'long');
    ui.press(0, 'short');
    pass(1_000);
    expect(heard).toEqual([]);
    ui.press(0, 'short');
    expect(heard).toEqual(['consent']);
  });

  it('says no when B is held, and cancels when there is nothing to say no to', () => {
    const { ui, heard } = screenFace();
    ui.show(PROMPT);
    ui.press(1, 'long');
    ui.show(undefined);
    ui.press(1, 'long');
    expect(heard).toEqual(['no', 'cancel']);
  });
});

describe('the role', () => {
  function mode(results: TouchResult[], lifecycle: Lifecycle = Lifecycle.active) {
    const { clock, pass } = desk();
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
    const order = { kind: 'pull', amount: 100, id: new Uint8Array(8), done: false } as Order;
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
  };
  const paid: TouchResult = { outcome: 'paid', resumed: [], card: undefined };

  it('is a card, a terminal while it asks, and a card again when it is paid', () => {
    const { log, owner, pass } = mode([nobody, paid]);
    owner.onAsk(100);
    pass(4_000);
    expect(log).toEqual(['ready', 'listens', 'asking', 'touches', 'touches', 'ready', 'listens', 'paid']);
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
