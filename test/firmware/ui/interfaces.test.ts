import { describe, expect, it } from 'vitest';
import { Button } from '../../../firmware/ui/button.js';
import { CHINESE, type FaceTexts } from '../../../firmware/ui/face-texts.js';
import { LampInterface, STEP_AMOUNT } from '../../../firmware/ui/lamp-interface.js';
import { ScreenInterface } from '../../../firmware/ui/screen-interface.js';
import type { Press, UserActions } from '../../../firmware/ui/user-interface.js';
import type { Prompt } from '../../../hal/presence.js';
import { plainQr } from '../../../sim/account/qr.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { ascii } from '../../../sim/world/test-bank.js';

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
function listener(currency?: Uint8Array): { owner: UserActions; heard: string[] } {
  const heard: string[] = [];
  const owner: UserActions = {
    currency: () => currency,
    onConsent: () => void heard.push('consent'),
    onPin: (digits) => void heard.push(`pin ${String.fromCharCode(...digits)}`),
    onDecline: () => void heard.push('no'),
    onAsk: (amount) => void heard.push(`ask ${amount}`),
    onTag: () => void heard.push('tag'),
    onCancel: () => void heard.push('cancel'),
    onCode: () => void heard.push('code'),
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

  it.each(['asking', 'again', 'foreign', 'crowd', 'version'] as const)(
    'calls off what it asks for when held, whatever has been held there meanwhile: %s',
    (notice) => {
      const { ui, heard } = lampFace();
      ui.notify('asking');
      ui.notify(notice);
      ui.press(0, 'long');
      expect(heard).toEqual(['cancel']);
    },
  );

  it('flashes five times for a card that may be elsewhere, and is ready again', () => {
    const { ui, flashesIn } = lampFace();
    ui.notify('ready');
    flashesIn(1_000);
    ui.notify('relay');
    // The first began with the notice.
    expect(flashesIn(1_900)).toBe(4);
    flashesIn(200);
    expect(flashesIn(9_000)).toBe(3);
  });

  it('is dark asleep', () => {
    const { ui, lamp, flashesIn } = lampFace();
    ui.notify('asleep');
    expect([lamp.on, flashesIn(10_000)]).toEqual([false, 0]);
  });
});

describe('a screen and two buttons', () => {
  function screenFace(currency?: string, texts?: FaceTexts) {
    const shown: (readonly string[])[] = [];
    const { clock, pass } = desk();
    const screen = {
      show: (lines: readonly string[]) => void shown.push(lines),
      drawModules() {},
      off: () => void shown.push(['off']),
    };
    const ui = new ScreenInterface(screen, clock, plainQr, texts && (() => texts));
    const { owner, heard } = listener(currency === undefined ? undefined : ascii(currency));
    ui.attach(owner);
    /** The payment has been looked at. */
    const ask = (prompt: Prompt) => {
      ui.show(prompt);
      pass(1_000);
    };
    return {
      ui,
      heard,
      pass,
      ask,
      top: () => shown[shown.length - 1][0],
      lines: () => shown[shown.length - 1],
    };
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

  // Decimals by ISO 4217, list one of 2024-06-25.
  it.each([
    ['JPY', '1250', '7'],
    ['CNY', '12.50', '0.07'],
    ['KWD', '1.250', '0.007'],
  ])('writes amounts of %s with its decimals: %s, %s', (currency, asked, entered) => {
    const { ui, top, ask } = screenFace(currency);
    ui.press(0, 'long');
    for (let turns = 0; turns < 7; turns++) ui.press(0, 'short');
    expect(top()).toBe(entered);
    ui.press(1, 'long');
    ask({ ...PROMPT, currency: ascii(currency) });
    expect(top()).toBe(`${asked} ${currency}`);
  });

  it('says the same in Chinese, in as many lines', () => {
    const english = screenFace('CNY');
    const chinese = screenFace('CNY', CHINESE);
    const HAN = /\p{Script=Han}/u;
    const steps: ((face: typeof english) => void)[] = [
      ({ ui }) => ui.notify('ready'),
      ({ ask }) => ask(PROMPT),
      ({ ask }) => ask({ ...PROMPT, needsPin: true }),
      ({ ui }) => ui.press(0, 'short'),
      ({ ui }) => ui.show(undefined),
      ({ ui }) => ui.press(0, 'long'),
    ];
    for (const step of steps) {
      step(english);
      step(chinese);
      expect(chinese.lines()).toHaveLength(english.lines().length);
      expect(english.lines().join('')).not.toMatch(HAN);
      // What names nobody and no amount is said in words.
      expect(chinese.lines()[2]).toMatch(HAN);
    }
    for (const notice of Object.keys(CHINESE.notices) as (keyof FaceTexts['notices'])[])
      expect(HAN.test(CHINESE.notices[notice]), notice).toBe(notice !== 'asleep');
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

  it('says no when B is held, and cancels what it asks for itself', () => {
    const { ui, heard } = screenFace();
    ui.show(PROMPT);
    ui.press(1, 'long');
    ui.show(undefined);
    ui.notify('asking');
    ui.press(1, 'long');
    expect(heard).toEqual(['no', 'cancel']);
  });
});
