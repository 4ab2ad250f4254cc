import { describe, expect, test } from 'vitest';
import { NfcError } from '../../../hal/nfc.js';
import { Bench, type Board, pattern } from './bench.js';

const ECHO_BYTES = 150;

/** A whole touch: connect, two exchanges, release. Returns the error that ended it. */
function touch(bench: Bench, terminal: Board): NfcError | undefined {
  const error = bench.connect(terminal);
  if (error !== undefined) return error;
  for (let turn = 0; turn < 2; turn++) {
    const command = pattern(ECHO_BYTES, turn + 1);
    const response = bench.transceive(terminal, command);
    if (response instanceof NfcError) return response;
    expect(response).toEqual(command);
  }
  return bench.release(terminal);
}

function pair(): { bench: Bench; terminal: Board; card: Board } {
  const bench = new Bench();
  return { bench, terminal: bench.board('terminal'), card: bench.board('card') };
}

/**
 * The driver's whole time for a failing call: exchange, clean-up, and starting a chip that does not answer.
 */
const BOUND_MS = 5_000;

describe('a touch that is cut', () => {
  const whole = pair();
  whole.bench.listen(whole.card, (command) => command.slice());
  expect(touch(whole.bench, whole.terminal)).toBeUndefined();
  const bytes = whole.bench.field.bytes;

  test('has some 700 bytes on the air', () => {
    expect(bytes).toBeGreaterThan(650);
    expect(bytes).toBeLessThan(750);
  });

  test.each(['card', 'terminal'] as const)(
    'by taking the %s away at any byte ends in time, and the next touch works',
    (who) => {
      for (let n = 1; n <= bytes; n++) {
        const { bench, terminal, card } = pair();
        const log = bench.listen(card, (command) => command.slice());
        const victim = who === 'card' ? card : terminal;
        bench.field.cutAtByte(n, () => victim.module.chip.leaveField());
        const start_us = bench.clock.now_us;
        const error = touch(bench, terminal);
        expect((bench.clock.now_us - start_us) / 1000, `cut at ${n}`).toBeLessThan(BOUND_MS);
        if (error !== undefined) expect(['removed', 'timeout']).toContain(error.code);
        victim.module.chip.enterField();
        expect(touch(bench, terminal), `after a cut at ${n}`).toBeUndefined();
        expect(log.deactivations.length).toBeLessThanOrEqual(log.activations);
      }
    },
  );

  test.each(['card', 'terminal'] as const)(
    'by a loss of the %s chip’s power at any byte on the air heals when power is back',
    (who) => {
      for (let n = 1; n <= bytes; n += 3) {
        const { bench, terminal, card } = pair();
        bench.listen(card, (command) => command.slice());
        const victim = who === 'card' ? card : terminal;
        bench.field.cutAtByte(n, () => victim.module.powerOff());
        const start_us = bench.clock.now_us;
        const error = touch(bench, terminal);
        expect((bench.clock.now_us - start_us) / 1000, `cut at ${n}`).toBeLessThan(BOUND_MS);
        if (who === 'terminal') expect(error?.code, `cut at ${n}`).toBe('link');
        else if (error !== undefined) expect(['removed', 'timeout']).toContain(error.code);
        victim.module.powerOn();
        // A card's host notices at its next bounded wait; the longest is the wait for a command.
        if (who === 'card') bench.clock.runFor(70e6);
        expect(touch(bench, terminal), `after a cut at ${n}`).toBeUndefined();
      }
    },
  );
});

describe('a device that loses power whole, processor and chip', () => {
  test.each(['card', 'terminal'] as const)(
    'as %s, at any byte on the air, boots and works; what ran before is heard of no more',
    (who) => {
      for (let n = 1; ; n += 4) {
        const { bench, terminal, card } = pair();
        const log = bench.listen(card, (command) => command.slice());
        const victim = who === 'card' ? card : terminal;
        let ended = 0;
        let seen = -1;
        bench.field.cutAtByte(n, () => {
          victim.module.powerOff();
          victim.module.host.powerOff();
          seen = log.commands.length + log.activations + log.deactivations.length;
        });
        terminal.driver.reader.connect(500, (failure) => {
          ended++;
          if (failure !== undefined) return;
          terminal.driver.reader.transceive(pattern(ECHO_BYTES), () => {
            ended++;
            terminal.driver.reader.release(() => ended++);
          });
        });
        bench.clock.runFor(BOUND_MS * 1000);
        if (seen < 0) {
          expect(n).toBeGreaterThan(350);
          break;
        }
        const endedBefore = ended;
        victim.module.powerOn();
        victim.module.host.powerOn();
        victim.driver = bench.driver(victim.module);
        if (who === 'card') bench.listen(card, (command) => command.slice());
        expect(touch(bench, terminal), `after ${n}`).toBeUndefined();
        if (who === 'card') {
          expect(log.commands.length + log.activations + log.deactivations.length, `after ${n}`).toBe(seen);
        }
        if (who === 'terminal') expect(ended, `after ${n}`).toBe(endedBefore);
      }
    },
  );
});

describe('a chip that dies', () => {
  test.each(['to-chip', 'to-host'] as const)(
    'at any byte %s gives an error in time, never a hang, and works when it is back',
    (direction) => {
      for (const who of ['card', 'terminal'] as const) {
        let harmless = 0;
        for (let n = 1; ; n += 2) {
          const { bench, terminal, card } = pair();
          bench.listen(card, (command) => command.slice());
          const victim = who === 'card' ? card : terminal;
          let died = false;
          victim.module.uart.cutAtByte(direction, n, () => {
            died = true;
            victim.module.powerOff();
          });
          const start_us = bench.clock.now_us;
          const error = touch(bench, terminal);
          if (!died) {
            expect(n).toBeGreaterThan(200);
            break;
          }
          expect((bench.clock.now_us - start_us) / 1000, `at ${n}`).toBeLessThan(BOUND_MS);
          if (error === undefined) harmless++;
          else if (who === 'terminal') expect(error.code, `at ${n}`).toBe('link');
          victim.module.powerOn();
          if (who === 'card') bench.clock.runFor(70e6);
          expect(touch(bench, terminal), `after ${n}`).toBeUndefined();
        }
        // Only the end of the last frame can be spared.
        if (who === 'terminal') expect(harmless).toBeLessThanOrEqual(2);
      }
    },
  );

  test('before the first call gives "link", and says what to look at', () => {
    const { bench, terminal } = pair();
    terminal.module.powerOff();
    const start_us = bench.clock.now_us;
    expect(bench.connect(terminal)).toMatchObject({ code: 'link' });
    expect((bench.clock.now_us - start_us) / 1000).toBeLessThan(200);
    expect(terminal.driver.lastError).toMatchObject({ code: 'no-ack' });
    terminal.module.powerOn();
    expect(bench.connect(terminal, 50)).toMatchObject({ code: 'timeout' });
  });

  test('while the terminal waits for a card is told from a card that does not come', () => {
    const { bench, terminal } = pair();
    let error: NfcError | undefined;
    terminal.driver.reader.connect(300, (e) => (error = e));
    bench.clock.runFor(100_000);
    terminal.module.powerOff();
    bench.until(() => error !== undefined);
    expect(error).toMatchObject({ code: 'link' });
  });
});
