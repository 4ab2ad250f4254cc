import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
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

let files = 0;
const fresh = (name: string): string => temporary(`${name}-${++files}`);

describe.skipIf(skipped)(
  `the tools on a simulated board${missing ? ` (skipped: no ${missing})` : ''}`,
  () => {
    it('provision, log, bench and report; a second provisioning is refused', async () => {
      const port = await start();
      const bank = fresh('bank');
      const made = await tapnote(['provision', '--port', port, '--new-bank', bank, '--pin', '2468']);
      expect(made.err).toBe('');
      expect(made.out).toMatch(/PUK: \d{8}/);
      expect(made.status).toBe(0);

      const again = await tapnote(['provision', '--port', port, '--new-bank', bank]);
      expect(again.status).toBe(1);
      expect(again.err).toContain('somebody’s wallet already');

      const log = await tapnote(['log', '--port', port]);
      expect(log.status).toBe(0);
      expect(log.out).toContain('started, woken by power');
      expect(log.out).toContain('personalisation');

      const [json, report] = [fresh('bench.json'), fresh('report.json')];
      const flags = ['--no-emulated', '--json', json, '--report', report];
      const bench = await tapnote(['bench', '--port', port, ...flags]);
      expect(bench.err).toBe('');
      expect(bench.status).toBe(0);
      expect(bench.out).toContain('Ed25519 verify, 256 B');
      const { rows } = JSON.parse(readFileSync(json, 'utf8'));
      expect(rows.map(({ name }: { name: string }) => name)).toContain('whole payment, card');
      const sent = JSON.parse(readFileSync(report, 'utf8'));
      expect(sent).toMatchObject({ opinion: 'healthy', board: 'simulated board', lifecycle: 2 });
      expect(sent.selfTests.every(({ verdict }: { verdict: string }) => verdict === 'passed')).toBe(true);
      expect(JSON.stringify(sent)).not.toMatch(/publicKey|deviceId/);
    });

    it('carry on where a plug was pulled: the flash is a file, and the process is killed', async () => {
      const [flash, bank] = [fresh('flash.bin'), fresh('bank')];
      const port = await start('--flash', flash);
      const cut = tapnote(['provision', '--port', port, '--new-bank', bank]);
      // The device dies when its host has its keys, or soon after: wherever that is.
      setTimeout(() => void served?.kill(), 4_000);
      await cut;
      await served?.kill();
      const second = await start('--flash', flash);
      const done = await tapnote(['provision', '--port', second, '--new-bank', bank]);
      // It may have been over already.
      if (done.status !== 0) expect(done.err).toContain('somebody’s wallet already');
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

    it('say what is wrong with a port', async () => {
      const nowhere = await tapnote(['doctor', '--port', '/dev/tty-that-is-not-there']);
      expect(nowhere.status).toBe(3);
      expect(nowhere.err).toContain('is the board plugged in?');
      const file = temporary('no-port', 'text');
      const wrong = await tapnote(['log', '--port', file]);
      expect(wrong.status).toBe(3);
      expect(wrong.err).toContain('is no serial port');
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
