import { describe, expect, it } from 'vitest';
import type { NoCode } from '../../../firmware/account/code-maker.js';
import { CHINESE, ENGLISH } from '../../../firmware/ui/face-texts.js';
import { ScreenInterface } from '../../../firmware/ui/screen-interface.js';
import { sideOf } from '../../../hal/qr.js';
import { plainQr } from '../../../sim/account/qr.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { ascii } from '../../../sim/world/test-bank.js';
import { codeOf } from '../account/account-codes.js';

const PROMPT = { amount: 1_250, currency: ascii('CNY'), payee: new Uint8Array(8), needsPin: false };

/** A screen of which every picture is kept, and what its owner has asked for. */
function screenFace(texts = ENGLISH) {
  const shown: (readonly string[])[] = [];
  const heard: string[] = [];
  const screen = {
    show: (lines: readonly string[]) => void shown.push(lines),
    drawModules: (modules: Uint8Array) => void shown.push([`code of ${sideOf(modules)}`]),
    off() {},
  };
  const ui = new ScreenInterface(screen, new DeviceClock(new VirtualClock()), plainQr, () => texts);
  ui.attach({
    currency: () => ascii('CNY'),
    onConsent: () => void heard.push('consent'),
    onPin: () => void heard.push('pin'),
    onDecline: () => void heard.push('no'),
    onAsk: () => void heard.push('ask'),
    onTag: () => void heard.push('tag'),
    onCancel: () => void heard.push('cancel'),
    onCode: () => void heard.push('code'),
  });
  const lines = () => shown[shown.length - 1];
  return { ui, heard, lines, top: () => lines()[0] };
}

describe('codes on a screen', () => {
  it('shows a code where nothing is asked, and what is asked instead of it', () => {
    const { ui, heard, lines, top } = screenFace();
    ui.notify('ready');
    ui.press(1, 'short');
    expect(heard).toEqual(['code']);
    ui.showCode({ code: codeOf() });
    expect(lines()).toEqual(['code of 57']);
    ui.show(PROMPT);
    expect(top()).toBe('12.50 CNY');
    ui.press(1, 'long');
    expect(heard).toEqual(['code', 'no']);
    ui.show(undefined);
    expect(lines()).toEqual(['code of 57']);
    ui.press(0, 'long');
    expect(top()).toBe('0.00');
    ui.press(1, 'long');
    expect(lines()).toEqual(['code of 57']);
    ui.press(1, 'short');
    ui.showCode(undefined);
    expect(heard).toEqual(['code', 'no', 'code']);
    expect(top()).toBe('Ready');
  });

  it('says why there is no code, in two languages', () => {
    const [english, chinese] = [screenFace(), screenFace(CHINESE)];
    for (const why of Object.keys(ENGLISH.noCodeWhy) as NoCode[]) {
      for (const { ui } of [english, chinese]) ui.showCode({ why });
      expect(english.lines()).toEqual(['No code', ENGLISH.noCodeWhy[why], '']);
      expect(chinese.lines().join('')).toMatch(/^\p{Script=Han}/u);
    }
  });
});
