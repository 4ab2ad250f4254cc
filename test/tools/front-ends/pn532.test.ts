import type { ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { skipWithout } from '../../support/external.js';
import { hasProgram, IMPATIENT, runOn } from '../../support/libnfc.js';
import { type Started, startTapnote, tapnote } from '../run-cli.js';

const PROGRAMS = ['nfc-list', 'nfc-poll', 'pn53x-diagnose', 'nfc-emulate-forum-tag4'];
const present = PROGRAMS.every(hasProgram);
const UID = /UID \(NFCID3\): {1,2}08(?: {2}[0-9a-f]{2}){3}/;

describe.skipIf(skipWithout(present, 'libnfc-bin, libnfc-examples, libnfc-pn53x-examples'))(
  'tapnote pn532, for unmodified programs of libnfc',
  IMPATIENT,
  () => {
    let running: Started | undefined;
    afterEach(async () => {
      expect(await running?.end('SIGINT')).toBe(0);
      running = undefined;
    });
    /** The ports of the chips that it serves. */
    async function serve(...args: string[]): Promise<string[]> {
      running = await startTapnote(['pn532', ...args], /(Ctrl-C ends it\.)/);
      return [...running.said().matchAll(/^port: (.+)$/gm)].map(([, path]) => path);
    }

    it('lists the wallet in the field with UID, SAK and ATS', async () => {
      const [port] = await serve();
      const said = (await runOn(port, 'nfc-list')).join('\n');
      expect(said).toContain('1 ISO14443A passive target(s) found');
      expect(said).toMatch(UID);
      expect(said).toContain('SAK (SEL_RES): 20');
      expect(said).toMatch(/ATS: 75 {2}33 {2}92 {2}03/);
      expect(running!.said()).not.toContain('PN532 1:');
    });

    it('lists a wallet among tags, and what lies there alone', async () => {
      const [port] = await serve('--field', 'wallet', 'ntag', 'mifare');
      expect((await runOn(port, 'nfc-list')).join('\n')).toContain('3 ISO14443A passive target(s) found');
      running!.type('take wallet');
      running!.type('take mifare');
      const said = (await runOn(port, 'nfc-list')).join('\n');
      expect(said).toContain('1 ISO14443A passive target(s) found');
      expect(said).toContain('ATQA (SENS_RES): 00  44');
    });

    it('passes the diagnosis of communication line, ROM and RAM', async () => {
      const [port] = await serve('--empty');
      const said = (await runOn(port, 'pn53x-diagnose')).join('\n');
      expect(said.match(/test: OK/g)).toHaveLength(3);
    });

    it('polls a wallet, until it is taken off the reader', async () => {
      const [port] = await serve();
      const said = await runOn(port, 'nfc-poll', [], (line) => {
        if (UID.test(line)) running!.type('take wallet');
      });
      expect(said.join('\n')).toMatch(UID);
      expect(said.join('\n')).toMatch(/removed|done/);
    });

    it('is there again after its power was cut in the middle of a poll', async () => {
      const [port] = await serve('--empty');
      const polling = runOn(port, 'nfc-poll', [], (line, child) => {
        if (!line.includes('will poll')) return;
        running!.type('restart 1');
        child.kill('SIGKILL');
      });
      await polling;
      expect((await runOn(port, 'pn53x-diagnose')).join('\n').match(/test: OK/g)).toHaveLength(3);
    });

    it('is a tag of libnfc at one chip, and its reader at the other', async () => {
      const [tag, reader] = await serve('--empty', '--chips', '2');
      let emulator: ChildProcess | undefined;
      let heard = (): void => {};
      const ready = new Promise<void>((resolve) => (heard = resolve));
      const emulating = runOn(tag, 'nfc-emulate-forum-tag4', [], (line, child) => {
        emulator = child;
        if (line.includes('Emulating NDEF tag now')) heard();
      });
      await ready;
      // What it says of itself comes before its chip listens.
      let said = '';
      for (let tries = 0; tries < 10 && !said.includes('target(s) found'); tries++)
        said = (await runOn(reader, 'nfc-list')).join('\n');
      expect(said).toContain('1 ISO14443A passive target(s) found');
      expect(said).toContain('SAK (SEL_RES): 20');
      emulator!.kill('SIGKILL');
      await emulating;
    });
  },
);

describe('tapnote pn532', () => {
  it('says in one line what is wrong with its options', async () => {
    for (const args of [
      ['--field', 'elephant'],
      ['--field', 'ntag', '--empty'],
      ['--chips', '3'],
      ['--chips', '0'],
    ]) {
      const { status, err } = await tapnote(['pn532', ...args]);
      expect(err).toMatch(/^error: [^\n]+ \[(invalid-argument|conflicting-options)\]\n$/);
      expect(status).toBe(2);
    }
  });

  it('says in one line that it needs python3', async () => {
    const { status, err } = await tapnote(['pn532'], { PATH: '/nowhere' });
    expect(err).toMatch(/^error: python3 is needed for a pseudo-terminal: [^\n]+ \[no-pty\]\n$/);
    expect(status).toBe(3);
  });
});
