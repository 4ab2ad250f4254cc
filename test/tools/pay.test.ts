import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from '../../tools/xs/process.js';
import { type Served, serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { type Started, startTapnote, tapnote, temporary } from './run-cli.js';

/** A pseudo-terminal is made by python3, and set up by stty. */
const programs = ['python3', 'stty'];
const missing = programs.find((program) => !isInstalled(program));
const skipped = skipWithout(missing === undefined, missing ?? '');

const LOADED = 200_000;
/** By the bank's ordinary profile: nobody is asked, the button is, the PIN is. */
const SMALL = 1_250;
const BUTTON = 30_000;
const WITH_PIN = 110_000;
const PIN = '2468';
/** A payment writes to both flashes less often than that. */
const CUT_MAX = 40;
/** A press that comes sooner was meant for what was there before. */
const PRESS_MS = 1_500;

describe.skipIf(skipped)(
  `tapnote pay, between two simulated boards${missing ? ` (skipped: no ${missing})` : ''}`,
  () => {
    const [flash, otherFlash, data] = [temporary('pay-a.bin'), temporary('pay-b.bin'), temporary('pay-bank')];
    const env = {
      XDG_STATE_HOME: temporary('pay-state'),
      TAPNOTE_COUNTER_TOKEN_FILE: `${data}/counter-token`,
    };
    let bank: Started;
    let boards: Served;
    let ports: { readonly payer: string; readonly payee: string };
    /** Of the payer, then of the payee. */
    const ids: string[] = [];
    const accounts: string[] = [];

    const plugIn = async (...more: string[]): Promise<void> => {
      boards = await serve(['--pair', '--flash', flash, '--other-flash', otherFlash, ...more]);
      const [, other] = /^other port: (\S+)$/m.exec(boards.said())!;
      ports = { payer: boards.port, payee: other! };
    };
    const args = (amount: number, ...more: string[]): string[] => [
      ...['pay', '--from', ports.payer, '--to', ports.payee, '--amount', `${amount}`],
      ...more,
    ];
    const pay = (amount: number, ...more: string[]) => tapnote(args(amount, ...more), env);
    const counter = (...words: string[]) => tapnote(['bank', ...words, '--bank', bank.found], env);

    /** Both sync; the bank then has the books so, and all money is there. */
    const expectSettled = async (paid: number): Promise<void> => {
      for (const port of [ports.payee, ports.payer, ports.payee]) {
        const { status, err } = await tapnote(['sync', '--port', port, '--bank', bank.found], env);
        expect(`${status} ${err}`).toBe('0 ');
      }
      const offline: number[] = [];
      for (const account of accounts) {
        const statement = JSON.parse((await counter('statement', account, '--json')).out);
        expect(statement).toMatchObject({ available: 0, inFlight: 0, held: [] });
        offline.push(statement.offline);
      }
      expect(offline).toEqual([LOADED - paid, paid]);
      const audit = await counter('audit');
      expect(`${audit.status} ${audit.out}`).toContain('all money is there');
    };
    let paid = 0;

    beforeAll(async () => {
      bank = await startTapnote(['bank', 'serve', '--data', data, '--port', '0'], /^bank: (\S+)\n.*Ctrl-C/ms);
      await plugIn();
    });
    afterAll(async () => {
      await boards?.kill();
      await bank?.end('SIGTERM');
    });

    it('is refused to devices that are no wallets', async () => {
      const { status, err } = await pay(SMALL);
      expect(`${status} ${err}`).toMatch(/^1 error: .*: blank\. Make it a wallet: .* \[not-ready\]\n$/);
    });

    it('pays, once both are provisioned, and says so to people and to programs', async () => {
      for (const [port, name, amount] of [
        [ports.payer, 'Mei', LOADED],
        [ports.payee, 'stall', 0],
      ] as const) {
        const flags = ['--port', port, '--bank', bank.found, '--name', name, '--amount', `${amount}`];
        const made = await tapnote(['provision', ...flags, ...(amount > 0 ? ['--pin', PIN] : [])], env);
        expect(`${made.status} ${made.err}`).toBe('0 ');
        const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(made.out)!;
        ids.push(id!);
        accounts.push(account!);
      }
      const [payer, payee] = ids;
      const told = await pay(SMALL);
      expect(`${told.status} ${told.err}`).toBe('0 ');
      expect(told.out).toContain(`device ${payer} has paid ${SMALL} to device ${payee}`);
      const json = await pay(SMALL, '--json');
      expect(JSON.parse(json.out)).toMatchObject({ amount: SMALL, payer, payee, isFromBefore: false });
      expect(json.err).toContain('hold their antennas together');
      paid += 2 * SMALL;
      expect(boards.said()).toContain(`other owner: paid ${SMALL}`);
    });

    it('waits for the button of the payer, and goes on when its owner has pressed it', async () => {
      const started = await startTapnote(args(BUTTON), /waits for (its button)/, { env });
      const presses = setInterval(() => boards.type('press'), PRESS_MS);
      expect(await started.ended).toBe(0);
      clearInterval(presses);
      paid += BUTTON;
      expect(started.said()).toContain(`has paid ${BUTTON}`);
    });

    it('gives the PIN that is typed here, a wrong one once', async () => {
      const wrong = await pay(WITH_PIN, '--pin', '1111');
      expect(`${wrong.status} ${wrong.err}`).toBe('1 error: nothing was paid: the PIN is wrong [refused]\n');
      const right = await pay(WITH_PIN, '--pin', PIN);
      expect(`${right.status} ${right.err}`).toBe('0 ');
      paid += WITH_PIN;
    });

    it('goes on with a touch that the hand has torn: apart, and together again', async () => {
      boards.type('apart');
      const started = await startTapnote(args(SMALL), /hold (their antennas) together/, { env });
      boards.type('together');
      expect(await started.ended).toBe(0);
      paid += SMALL;
    });

    it('goes on by the same command, in whichever write to flash the plug was pulled', async () => {
      let cuts = 0;
      for (let cut = 1, isWhole = false; !isWhole; cut++) {
        expect(cut).toBeLessThan(CUT_MAX);
        await boards.kill();
        // The first writes are those of the start, before there is a port.
        const isUp = await plugIn('--cut', `${cut}`).then(
          () => true,
          (error: Error) => {
            expect(error.message).toContain(`the plug is pulled, in write ${cut}`);
            return false;
          },
        );
        if (!isUp) continue;
        const torn = await pay(SMALL);
        paid += SMALL;
        isWhole = torn.status === 0;
        if (isWhole) continue;
        expect(`${torn.status} ${torn.err}`).toMatch(/^3 error: .* \[[a-z-]+\]\n$/);
        // Or it was gone before the payment began.
        if (torn.err.includes('Run the same command again: it goes on')) cuts++;
        await boards.kill();
        await plugIn();
        const again = await pay(SMALL);
        expect(`${again.status} ${again.err}`).toBe('0 ');
      }
      expect(cuts).toBeGreaterThan(3);
      await boards.kill();
      await plugIn();
    }, 400_000);

    it('leaves books in which every fen is where it was paid to', () => expectSettled(paid), 120_000);

    it('says what is wrong with a command', async () => {
      const same = await tapnote(['pay', '--from', ports.payer, '--to', ports.payer, '--amount', '5'], env);
      expect(`${same.status} ${same.err}`).toMatch(/^3 error: .* \[port-in-use\]\n$/);
      const nothing = await pay(0);
      expect(`${nothing.status} ${nothing.err}`).toMatch(/^2 error: .*from 1 to .* \[invalid-argument\]\n$/);
      const much = await pay(LOADED);
      expect(`${much.status} ${much.err}`).toMatch(
        /^1 error: nothing was paid: refused by the payer: .* \[refused\]\n$/,
      );
    });
  },
);
