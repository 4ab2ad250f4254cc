import { describe, expect, it } from 'vitest';
import { LampInterface, STEP_AMOUNT } from '../../../firmware/ui/lamp-interface.js';
import { ScreenInterface } from '../../../firmware/ui/screen-interface.js';
import type { UserActions } from '../../../firmware/ui/user-interface.js';
import { plainQr } from '../../../sim/account/qr.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

/** Writes down what its owner did. */
function listener(): { owner: UserActions; heard: string[] } {
  const heard: string[] = [];
  const owner: UserActions = {
    currency: () => undefined,
    onConsent: () => void heard.push('consent'),
    onPin: () => void heard.push('pin'),
    onDecline: () => void heard.push('no'),
    onAsk: (amount) => void heard.push(`ask ${amount}`),
    onTag: () => void heard.push('tag'),
    onCode: () => void heard.push('code'),
    onCancel: () => void heard.push('cancel'),
  };
  return { owner, heard };
}

const deviceClock = () => new DeviceClock(new VirtualClock());

describe('the faces of a device that reads a tag', () => {
  it('a button: held twice it looks for one; after that it says how much, as it asks for money', () => {
    const { owner, heard } = listener();
    const ui = new LampInterface({ set() {} }, deviceClock());
    ui.attach(owner);
    const hold = () => ui.press(0, 'long');
    hold();
    hold();
    ui.notify('tag');
    hold();
    ui.notify('how-much');
    hold();
    ui.press(0, 'short');
    hold();
    hold();
    hold();
    expect(heard).toEqual(['tag', 'cancel', `ask ${STEP_AMOUNT}`, 'cancel']);
  });

  it('a screen: B held while nothing happens looks for one; A held enters what it leaves open, B held gives up', () => {
    const { owner, heard } = listener();
    let lines: readonly string[] = [];
    const screen = { show: (shown: readonly string[]) => void (lines = shown), off() {}, drawModules() {} };
    const ui = new ScreenInterface(screen, deviceClock(), plainQr);
    ui.attach(owner);
    ui.press(1, 'long');
    ui.notify('tag');
    expect(lines[0]).toBe('Hold tag here');
    ui.press(1, 'long');
    ui.notify('how-much');
    expect(lines).toEqual(['How much?', '', 'hold A: enter it   hold B: no']);
    ui.press(0, 'long');
    expect(lines[1]).toBe('Pay');
    ui.press(0, 'short');
    ui.press(0, 'long');
    ui.press(1, 'long');
    expect(heard).toEqual(['tag', 'cancel', 'ask 1', 'cancel']);
  });
});
