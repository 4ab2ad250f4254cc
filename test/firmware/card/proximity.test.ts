import { describe, expect, test } from 'vitest';
import { getU16 } from '../../../firmware/bytes.js';
import { PROXIMITY_TRIES_MAX } from '../../../firmware/limits.js';
import { buildCommand, Ins } from '../../../firmware/protocol/apdu.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import type { HostileTerminal } from '../../support/hostile-terminal.js';
import { card, expectUntouched } from './hostile-terminal-setup.js';

const NONCE = Uint8Array.of(1, 2, 3, 4);
const ask = (terminal: HostileTerminal, nonce = NONCE) => terminal.raw(buildCommand(Ins.proximity, nonce));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a proximity check', () => {
  test('is answered three times in a session, by another nonce each, and not a fourth time', () => {
    const { bank, device, terminal } = card();
    terminal.select();
    const answers = Array.from({ length: PROXIMITY_TRIES_MAX }, () => ask(terminal));
    expect(answers.map(({ status, data }) => [status, data.length])).toEqual(
      answers.map(() => [StatusWord.ok, 6]),
    );
    expect(new Set(answers.map(({ data }) => hex(data.subarray(0, 4)))).size).toBe(PROXIMITY_TRIES_MAX);
    expect(ask(terminal).status).toBe(StatusWord.noSession);
    terminal.select();
    const { data } = ask(terminal);
    expect(answers.map((each) => hex(each.data))).not.toContain(hex(data));
    expect(data.slice(4)).toEqual(answers[0]!.data.slice(4));
    expectUntouched(bank, device);
  });

  test('comes before HELLO and after SELECT, or gets 6985', () => {
    const { bank, device, terminal } = card();
    device.card.onActivated();
    expect(ask(terminal).status).toBe(StatusWord.noSession);
    expect(terminal.open()).toBe(StatusWord.ok);
    expect(ask(terminal).status).toBe(StatusWord.noSession);
    expectUntouched(bank, device);
  });

  test.each([0, 1, 3, 5, 8, 255])('with %i bytes gets 6a80, and is none', (length) => {
    const { bank, device, terminal } = card();
    terminal.select();
    for (let tries = 0; tries <= PROXIMITY_TRIES_MAX; tries++)
      expect(ask(terminal, new Uint8Array(length)).status).toBe(StatusWord.wrongData);
    expect(ask(terminal).status).toBe(StatusWord.ok);
    expectUntouched(bank, device);
  });

  test('whose terminal leaves it out of the session costs the session, and no money', () => {
    const { bank, device, terminal } = card();
    const select = terminal.select.bind(terminal);
    terminal.select = () => {
      const selected = select();
      ask(terminal);
      return selected;
    };
    terminal.open();
    expect(() => terminal.ask(terminal.invoice())).toThrow('no answer');
    expectUntouched(bank, device);
  });

  test.each([
    [undefined, 500],
    [0, 500],
    [834, 1_500],
    // Within the same step: another device of the same kind.
    [1_100, 1_500],
    [4_093, 4_500],
    [1e9, 0xffff],
  ])('says what a front end of %s us needs, in steps: %i us', (answer_us, stated_us) => {
    const { device, terminal } = card();
    device.card.onActivated(answer_us);
    terminal.select();
    expect(getU16(ask(terminal).data, 4)).toBe(stated_us);
  });
});
