import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { openPty, type Pty } from '../../../sim/host/pty.js';
import { Town } from '../../../sim/world/town.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { Workbench } from '../../support/console.js';
import { TOKEN } from '../../support/counter-token.js';
import { skipWithout } from '../../support/external.js';
import { hasProgram } from '../../support/libnfc.js';
import { stationOf } from '../../support/station.js';
import { moneyIn } from '../money-in.js';
import { type Ended, type Started, startTapnote, tapnote, temporary } from '../run-cli.js';

const HELD = 10_000;
/** SELECT, HELLO, INVOICE, TRANSFER, RECEIPT: a PN532 carries long APDUs. */
const TRANSFER = 4;
const LOOK_MS = 20;

let files = 0;
const fresh = (name: string): string => temporary(`port-${name}-${files++}.bin`);

describe.skipIf(skipWithout(hasProgram('stty'), 'stty and python3'))(
  'a PN532 at a serial port: a card in one process, a terminal in another',
  () => {
    const running: Started[] = [];
    const ptys: Pty[] = [];
    let ports: string[] = [];
    afterEach(async () => {
      for (const each of running.splice(0).reverse()) await each.end('SIGTERM');
      for (const each of ptys.splice(0)) await each.close();
    });
    /** Two modules whose antennas lie on each other. */
    async function lay(): Promise<Started> {
      const chips = await startTapnote(['pn532', '--empty', '--chips', '2'], /(Ctrl-C ends it\.)/);
      running.push(chips);
      ports = [...chips.said().matchAll(/^port: (.+)$/gm)].map(([, path]) => path);
      return chips;
    }
    async function put(...args: string[]): Promise<Started> {
      const card = await startTapnote(['card', '--port', ports[0], ...args], /(is a card at the PN532)/);
      running.push(card);
      return card;
    }
    const sell = (amount: number, ...args: string[]): Promise<Ended> =>
      tapnote(['terminal', `${amount}`, '--port', ports[1], '--wait', '600', ...args]);

    it('pays, is paid back at another rate, and no fen comes or goes', async () => {
      await lay();
      const [wallet, till] = [fresh('card'), fresh('till')];
      const card = await put('--flash', wallet);
      const paid = await sell(1_250, '--flash', till);
      expect(`${paid.status} ${paid.err}`).toBe('0 ');
      expect(paid.out).toMatch(/paid by device [0-9a-f]{16}: 12\.50, holds 12\.50/);
      const back = await sell(250, '--flash', till, '--refund', '--baud', '921600');
      expect(back.out).toContain('refunded: 2.50, holds 10.00');
      expect(card.said()).toContain('paid 12.50, holds 87.50');
      expect(await card.end('SIGINT')).toBe(0);
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD - 1_000, inFlight: 0 });
      expect(await moneyIn(till)).toMatchObject({ held: 1_000, inFlight: 0 });
    });

    it('finishes a touch whose answer was lost, and one in which a chip lost its power', async () => {
      const chips = await lay();
      const [wallet, till] = [fresh('card'), fresh('till')];
      const lost = 1 + Math.floor(Math.random() * TRANSFER);
      await put('--flash', wallet, '--tear', `${lost}`);
      const torn = await sell(1_250, '--flash', till);
      expect(`${torn.status} ${torn.err}`, `answer ${lost} lost`).toBe('0 ');
      expect(torn.out, `answer ${lost} lost`).toMatch(/^torn: /m);
      const sale = startTapnote(
        ['terminal', '1', '--port', ports[1], '--flash', till],
        /(hold a card to the reader)/,
      ).then((started) => {
        chips.type('restart 2');
        return started.ended;
      });
      expect(await sale).toBe(0);
      expect(await moneyIn(till)).toMatchObject({ held: 1_251, inFlight: 0 });
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD - 1_251, inFlight: 0 });
    });

    it('gives back what a card sent that never came again within the sale', async () => {
      await lay();
      const [wallet, till] = [fresh('card'), fresh('till')];
      const gone = await put('--flash', wallet, '--tear', `${TRANSFER}`);
      const sale = startTapnote(
        ['terminal', '1250', '--port', ports[1], '--flash', till, '--wait', '2'],
        /(hold a card to the reader)/,
      );
      // A hand that takes the card away, and its battery with it.
      while (!gone.said().includes('paid 12.50')) await new Promise((again) => setTimeout(again, LOOK_MS));
      await gone.end('SIGKILL');
      const { ended, said } = await sale;
      expect([0, 1]).toContain(await ended);
      const wasTaken = said().includes('paid by device');
      if (!wasTaken)
        expect(said()).toMatch(/^error: .*; what the card may have sent will not be taken \[torn\]$/m);
      await put('--flash', wallet);
      expect((await sell(1, '--flash', till)).status).toBe(0);
      const kept = wasTaken ? 1_251 : 1;
      expect(await moneyIn(till)).toMatchObject({ held: kept, inFlight: 0 });
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD - kept, inFlight: 0 });
    });

    it('ends in one line when the port is unplugged, on both sides', async () => {
      const chips = await lay();
      // Neither ends by itself: the one asks for a button that nobody presses.
      const card = await put('--amount', '50000');
      const sale = await startTapnote(
        ['terminal', '30000', '--port', ports[1]],
        /(hold a card to the reader)/,
      );
      while (!card.said().includes('the button for 300.00'))
        await new Promise((again) => setTimeout(again, LOOK_MS));
      await chips.end('SIGTERM');
      expect(await card.ended).toBe(3);
      expect(card.said()).toMatch(/\nerror: \/dev\/\S+ is gone: [^\n]+ \[device-gone\]\n$/);
      // It is torn where the button was asked for, and the card had sent nothing yet.
      expect([1, 3]).toContain(await sale.ended);
      expect(sale.said()).toMatch(/\nerror: \/dev\/\S+ is gone: [^\n]+ \[(device-gone|torn)\]\n$/);
    });

    it('carries the sync of a card to its bank, though it is torn', async () => {
      const town = await Town.open({ crypto: opensslCrypto, seed: 6, start_s: 1_800_000_000 });
      const server = new BankServer(town.bank, { token: TOKEN });
      const url = await server.listen();
      try {
        const bench = new Workbench();
        const options = { name: 'Mei', amount: 700, currency: 'CNY', category: 0 };
        const { id, account } = await provision(bench.client, stationOf(town.bank), options, () => {});
        await town.bank.deposit(account!, 300);
        await town.bank.load(account!, id, 300);
        const wallet = fresh('card');
        writeFileSync(wallet, bench.nor.exportImage());
        await lay();
        // SELECT, and the first three messages of the device.
        const lost = 1 + Math.floor(Math.random() * 4);
        const card = await put('--flash', wallet, '--tear', `${lost}`);
        const { status, out, err } = await tapnote([
          'gateway',
          ...['--port', ports[1], '--bank', url, '--wait', '600'],
        ]);
        expect(`${status} ${err}`, `answer ${lost} lost`).toBe('0 ');
        expect(out, `answer ${lost} lost`).toMatch(/^torn: /m);
        expect(out).toMatch(/the card has synced with the bank at .*, \d+ messages/);
        await card.end('SIGTERM');
        expect(await moneyIn(wallet)).toMatchObject({ held: 1_000, inFlight: 0 });
        expect((await town.bank.audit()).faults).toEqual([]);
        const nobody = await tapnote(['gateway', '--port', ports[1], '--bank', url, '--wait', '0']);
        expect(nobody.err).toMatch(/^error: [^\n]+: at the PN532 on \S+ \[no-card\]\n$/);
      } finally {
        await server.close();
        await town.close();
      }
    });

    it('says in one line that nobody answers, or something that is no PN532', async () => {
      let answer = (_: Uint8Array): Uint8Array | undefined => undefined;
      const pty = await openPty((bytes) => {
        const said = answer(bytes);
        if (said) pty.write(said);
      });
      ptys.push(pty);
      for (const [what, says] of [
        [undefined, 'no PN532 answers \\(no-ack\\)'],
        [
          () => Uint8Array.from({ length: 64 }, () => Math.random() * 256),
          'something talks \\(\\d+ bytes\\)',
        ],
        // The host's own frames, back: TX and RX are connected to each other.
        [(bytes: Uint8Array) => bytes, 'something talks \\(\\d+ bytes\\)'],
      ] as const) {
        answer = what ?? (() => undefined);
        const command = what ? ['terminal', '100'] : ['card'];
        const { status, err } = await tapnote([...command, '--port', pty.path]);
        expect(err).toMatch(new RegExp(`^error: ${pty.path}: ${says}[^\n]+ \\[no-pn532\\]\n$`));
        expect(status).toBe(3);
      }
    });

    it('says in one line that the port is somebody’s, none, or a file', async () => {
      await lay();
      await put();
      const till = fresh('till');
      for (const [port, code] of [
        [ports[0], 'port-in-use'],
        ['/dev/tty-that-is-not-there', 'no-port'],
        [temporary('no-port', 'text'), 'no-port'],
      ] as const) {
        const { status, err } = await tapnote(['terminal', '100', '--port', port, '--flash', till]);
        expect(err).toMatch(new RegExp(`^error: [^\n]+ \\[${code}\\]\n$`));
        expect(status).toBe(3);
      }
      expect(existsSync(till)).toBe(false);
    });
  },
);

describe('a front end', () => {
  it.each([
    [['gateway', '--bank', 'http://127.0.0.1:1'], 'missing-option'],
    [['card', '--pcsc', '--port', '/dev/null'], 'conflicting-options'],
    [['terminal', '100', '--port', '/dev/null', '--reader', 'X'], 'conflicting-options'],
    [['card', '--port', '/dev/null', '--baud', '1288000'], 'invalid-argument'],
  ])('is named once: %j', async (args, code) => {
    const { status, err } = await tapnote(args);
    expect(err).toMatch(new RegExp(`^error: [^\n]+ \\[${code}\\]\n$`));
    expect(status).toBe(2);
  });
});
