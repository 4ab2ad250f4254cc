import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AirRow } from '../../tools/cli/serial/air-bench.js';
import { openPort } from '../../tools/cli/serial/port.js';
import { isInstalled } from '../../tools/xs/process.js';
import { type Served, serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { tapnote, temporary } from './run-cli.js';

/** A pseudo-terminal is made by python3, and set up by stty. */
const programs = ['python3', 'stty'];
const missing = programs.find((program) => !isInstalled(program));
const skipped = skipWithout(missing === undefined, missing ?? '');

let served: Served | undefined;
afterEach(async () => {
  await served?.kill();
  served = undefined;
});

const start = async (...args: string[]): Promise<string> => {
  served = await serve(['--simulate', ...args]);
  return served.port;
};

/** Far more than anything here takes on the slowest machine: what never comes ends the test. */
const NEVER_MS = 180_000;

/** Waits for a line of the device that comes after those it had said before. */
async function saysNext({ said }: Served, line: string, before: string): Promise<void> {
  const end = Date.now() + NEVER_MS;
  while (!said().slice(before.length).includes(line)) {
    if (Date.now() > end) throw new Error(`the device did not say "${line}" after: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The owner types a line, and the device answers with another. */
async function typed(board: Served, line: string, answer: string): Promise<void> {
  const before = board.said();
  board.type(line);
  await saysNext(board, answer, before);
}

let files = 0;
const fresh = (name: string): string => temporary(`${name}-${++files}`);

describe.skipIf(skipped)(
  `the tools on a simulated board${missing ? ` (skipped: no ${missing})` : ''}`,
  () => {
    it('provision, log, bench and report; a second provisioning has nothing to do', async () => {
      const port = await start();
      const bank = fresh('bank');
      const state = { XDG_STATE_HOME: fresh('state') };
      const made = await tapnote(['provision', '--port', port, '--new-bank', bank, '--pin', '2468'], state);
      expect(made.err).toBe('');
      expect(made.out).toMatch(/PUK: \d{8}/);
      expect(made.status).toBe(0);

      const again = await tapnote(['provision', '--port', port, '--new-bank', bank], state);
      expect(again).toMatchObject({ status: 0, err: '' });
      expect(again.out).toMatch(/is already a wallet of the bank at .*, account 1: nothing to do/);
      const other = await tapnote(['provision', '--port', port, '--new-bank', fresh('bank')], state);
      expect(other.status).toBe(1);
      expect(other.err).toMatch(
        /^error: device \w+ is a wallet of the bank at .*, not of .* \[other-bank\]\n$/,
      );

      const log = await tapnote(['log', '--port', port]);
      expect(log.status).toBe(0);
      expect(log.out).toContain('started, woken by power');
      expect(log.out).toContain('personalisation, MAKE KEYS');
      expect(log.out).toMatch(/console: a sync was done/);

      const [json, report] = [fresh('bench.json'), fresh('report.json')];
      const flags = ['--no-emulated', '--json', json, '--report', report];
      const bench = await tapnote(['bench', '--port', port, ...flags]);
      expect(bench.err).toBe('');
      expect(bench.status).toBe(0);
      expect(bench.out).toContain('Ed25519 verify, 256 B');
      expect(bench.out).toContain('this computer, ms');
      expect(bench.out).not.toContain('device, ms');
      const { rows } = JSON.parse(readFileSync(json, 'utf8'));
      expect(rows.map(({ name }: { name: string }) => name)).toContain('whole payment, card');
      const sent = JSON.parse(readFileSync(report, 'utf8'));
      expect(sent).toMatchObject({ opinion: 'healthy', board: 'simulated board', lifecycle: 2 });
      expect(sent.selfTests.every(({ verdict }: { verdict: string }) => verdict === 'passed')).toBe(true);
      expect(JSON.stringify(sent)).not.toMatch(/publicKey|deviceId/);
    });

    it('bench with a second board: what the PN532s of both take, at 106 and at 424 kbit/s', async () => {
      const port = await start('--pair');
      const other = served!.said().match(/^other port: (\S+)$/m)![1]!;
      const args = ['bench', '--port', port, '--other', other, '--no-emulated'];
      const { status, out, err } = await tapnote([...args, '--json', '-']);
      expect(err).toBe('');
      expect(status).toBe(0);
      const { air } = JSON.parse(out) as { air: AirRow[] };
      expect(air.map(({ bytes, kbps }) => [bytes, kbps])).toEqual(
        [106, 424].flatMap((kbps) => [16, 64, 200].map((bytes) => [bytes, kbps])),
      );
      for (const { answer_ms, exchange_ms } of air) {
        expect(answer_ms).toBeGreaterThan(0);
        expect(exchange_ms).toBeGreaterThan(0);
      }
      const told = await tapnote(args);
      expect(told.out).toMatch(/^answer, bytes +asked for, kbit\/s +on the air, kbit\/s/m);
      expect(told.out).toMatch(/^ *200 +424 +424 +[\d.]+ +[\d.]+$/m);
      const same = await tapnote(['bench', '--port', port, '--other', port]);
      expect(same).toMatchObject({ status: 3 });
      expect(same.err).toContain('[port-in-use]');
    });

    it('say that two boards do not reach each other', async () => {
      const port = await start();
      const second = await serve(['--simulate']);
      try {
        const { status, err } = await tapnote(['bench', '--port', port, '--other', second.port]);
        expect(status).toBe(1);
        expect(err).toMatch(
          /^error: the two devices did not exchange .*: lay one antenna on the other.* \[no-exchange\]\n$/,
        );
      } finally {
        await second.kill();
      }
    });

    it('carry on where a plug was pulled: the flash is a file, and the process is killed', async () => {
      const [flash, bank] = [fresh('flash.bin'), fresh('bank')];
      const state = { XDG_STATE_HOME: fresh('state') };
      const port = await start('--flash', flash);
      const cut = tapnote(['provision', '--port', port, '--new-bank', bank], state);
      // The device dies before its host has its keys, or soon after: wherever that is.
      const first = served;
      setTimeout(() => void first?.kill(), 2_000);
      await cut;
      await first?.kill();
      const second = await start('--flash', flash);
      const done = await tapnote(['provision', '--port', second, '--new-bank', bank], state);
      expect(done).toMatchObject({ status: 0, err: '' });
      const doctor = await tapnote(['doctor', '--port', second, '--json', '-']);
      expect(JSON.parse(doctor.out).identity.lifecycle).toBe(2);
    });

    const verdicts = [
      ['none', 'healthy', 0],
      ['no-power', 'dead', 1],
      ['switches-i2c', 'switches', 1],
      ['switches-spi', 'switches', 1],
      ['crossed', 'crossed', 1],
      ['wrong-baud', 'baud', 1],
      ['no-pull-ups', 'pull-ups', 1],
      ['weak-supply', 'weak-supply', 1],
    ] as const;

    it.each(verdicts)('doctor: the fault "%s" is found to be "%s"', async (fault, code, status) => {
      const port = await start('--fault', fault);
      const notified = await tapnote(['doctor', '--port', port]);
      expect(notified.out).toContain(`${code}: `);
      expect(notified.err).toBe('');
      expect(notified.status).toBe(status);
      if (status !== 0) expect(notified.out).toMatch(/^next: .{20}/m);
    });

    it('say in words that the front end is in use by an order of its owner', async () => {
      const port = await start();
      await tapnote(['provision', '--port', port, '--new-bank', fresh('bank')]);
      const board = served!;
      await typed(board, 'ask 500', 'owner: asking 500');
      const refused = await tapnote(['doctor', '--port', port]);
      expect(refused.status).toBe(1);
      expect(refused.err).toContain('an order of its owner');
      await typed(board, 'cancel', 'owner: ready');
      expect((await tapnote(['doctor', '--port', port])).out).toContain('healthy: ');
      expect(board.said()).not.toMatch(/Error/);
      await typed(board, 'ask many', 'not understood');
    });

    it('say what is wrong with a port', async () => {
      const nowhere = await tapnote(['doctor', '--port', '/dev/tty-that-is-not-there']);
      expect(nowhere.status).toBe(3);
      expect(nowhere.err).toContain('is the board plugged in?');
      const file = temporary('no-port', 'text');
      const wrong = await tapnote(['log', '--port', file]);
      expect(wrong.status).toBe(3);
      expect(wrong.err).toContain('is no serial port');
      expect((await tapnote(['log', '--port', '/dev/null'])).err).toContain(
        '/dev/null is no serial port [no-port]',
      );
    });

    it('have a port for themselves: who comes second is told by which program, at once', async () => {
      const port = await start();
      const mine = openPort(port);
      const second = await tapnote(['log', '--port', port]);
      expect(second.status).toBe(3);
      expect(second.err).toMatch(
        new RegExp(
          `^error: ${port} is in use by program \\S+, pid ${process.pid}: end it first \\[port-in-use\\]\\n$`,
        ),
      );
      mine.close();
      // One that asks for no lock is found all the same.
      const handle = openSync(port, 'r+');
      const reader = spawn('sleep', ['1000'], { stdio: [handle, 'ignore', 'ignore'] });
      closeSync(handle);
      const third = await tapnote(['log', '--port', port]);
      expect(third.err).toContain(`program sleep, pid ${reader.pid}`);
      reader.kill();
      await once(reader, 'exit');
      expect((await tapnote(['log', '--port', port])).status).toBe(0);
    });

    it('say where a console is, and what to do next', async () => {
      const port = await start();
      expect(served?.said()).toContain(`npx tapnote doctor --port ${port}`);
    });

    it('make no keys when the bank cannot be reached', async () => {
      const port = await start();
      const state = { XDG_STATE_HOME: fresh('state'), TAPNOTE_COUNTER_TOKEN: 'x'.repeat(40) };
      const provision = (bank: string) => tapnote(['provision', '--port', port, '--bank', bank], state);
      const dead = await provision('http://127.0.0.1:9');
      expect(dead.status).toBe(3);
      expect(dead.err).toMatch(
        /^error: the bank: http:\/\/127\.0\.0\.1:9 cannot be reached: .* \[bank-unreachable\]\n$/,
      );
      const doctor = await tapnote(['doctor', '--port', port, '--json', '-']);
      expect(JSON.parse(doctor.out).identity.hasKeys).toBe(false);
      const server = createServer((_, response) => response.end('<html>'));
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await provision(url)).err).toContain('answers, but not as a bank (HTTP 200)');
      server.close();
      expect((await provision('my bank')).err).toContain('expected a URL');
      const file = temporary('a-file', 'text');
      const folder = await tapnote(['provision', '--port', port, '--new-bank', file], state);
      expect(folder).toMatchObject({ status: 2 });
      expect(folder.err).toBe(`error: --new-bank ${file}: there is a file of that name [file-unwritable]\n`);
    });
  },
);

describe('tapnote provision', () => {
  it('wants one bank', async () => {
    const { status, err } = await tapnote(['provision', '--port', '/dev/null']);
    expect(status).toBe(2);
    expect(err).toContain('--new-bank');
  });
});
