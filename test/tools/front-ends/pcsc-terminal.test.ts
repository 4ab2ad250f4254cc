import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../../support/console.js';
import { skipWithout } from '../../support/external.js';
import { hasPcsc, READER, startSmartCardStack, useSmartCardStack } from '../../support/pcsc.js';
import { moneyIn } from '../money-in.js';
import { type Ended, type Started, startTapnote, tapnote, temporary } from '../run-cli.js';

const HELD = 10_000;
/** Over a reader of short APDUs: SELECT, HELLO, INVOICE, the rest of its answer, TRANSFER, RECEIPT. */
const COMMANDS = [1, 2, 3, 4, 5, 6] as const;

let files = 0;
const fresh = (name: string): string => temporary(`${name}-${files++}.bin`);

describe.skipIf(skipWithout(hasPcsc(), 'pcscd and vsmartcard-vpcd'))(
  'a terminal and a gateway over PC/SC',
  () => {
    const stack = useSmartCardStack();
    let card: Started | undefined;
    afterEach(async () => {
      if (card) expect(await card.end('SIGTERM')).toBe(0);
      card = undefined;
    });
    const sell = (amount: number, ...args: string[]): Promise<Ended> =>
      tapnote(['terminal', `${amount}`, '--pcsc', '--wait', '600', ...args], stack().env);

    it('takes a payment from a card, pays it back, and no fen comes or goes', async () => {
      const [wallet, till] = [fresh('card'), fresh('till')];
      card = await stack().card('--flash', wallet);
      const paid = await sell(1_250, '--flash', till, '--reader', READER);
      expect(`${paid.status} ${paid.err}`).toBe('0 ');
      expect(paid.out).toMatch(/paid by device [0-9a-f]{16}: 12\.50, holds 12\.50/);
      const sale = /^this is sale (\d+)$/m.exec(paid.out)?.[1];
      const refund = (amount: number, ...more: string[]) =>
        sell(amount, '--flash', till, '--refund', ...more);
      const refunded = await refund(250, '--sale', `${sale}`);
      expect(refunded.out).toContain('refunded: 2.50, holds 10.00');
      expect(refunded.out).toMatch(new RegExp(`^2\\.50 of sale ${sale} to device [0-9a-f]{16}$`, 'm'));
      expect((await refund(1_001)).err).toMatch(/left of its purchases here \[refused\]\n$/);
      expect(card.said()).toContain('paid 12.50, holds 87.50');
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD - 1_000, inFlight: 0 });
      expect(await moneyIn(till)).toMatchObject({ held: 1_000, inFlight: 0 });
    });

    it.each(COMMANDS)('finishes a touch whose answer %i was lost', async (n) => {
      const [wallet, till] = [fresh('card'), fresh('till')];
      card = await stack().card('--flash', wallet, '--tear', `${n}`);
      const { status, out, err } = await sell(1_250, '--flash', till);
      expect(`${status} ${err}`).toBe('0 ');
      // After its own commit a terminal has been paid, whatever the card says of the receipt.
      if (n < COMMANDS.length) expect(out).toMatch(/^torn: /m);
      expect(await moneyIn(till)).toMatchObject({ held: 1_250, inFlight: 0 });
      // A touch for nothing brings the receipt, if that is what was lost.
      await sell(1, '--flash', till);
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD - 1_251, inFlight: 0 });
    });

    it('ends a sale that the card refuses, and nothing moves', async () => {
      const wallet = fresh('card');
      card = await stack().card('--flash', wallet, '--amount', '100');
      const { status, err } = await sell(101);
      expect(err).toMatch(/^error: nothing was paid: refused by the card: not enough money \[refused\]\n$/);
      expect(status).toBe(1);
      expect(await moneyIn(wallet)).toMatchObject({ held: 100, inFlight: 0 });
    });

    it('waits for the button of the card’s owner', async () => {
      card = await stack().card('--amount', '50000');
      const selling = sell(30_000);
      while (!card.said().includes('the button for 300.00'))
        await new Promise((again) => setTimeout(again, 20));
      // A press that comes at once was meant for what was shown before.
      await new Promise((again) => setTimeout(again, 1_100));
      card.type('press');
      expect((await selling).out).toContain('paid by device');
    });

    it('lets a card sync with the bank that it was provisioned at', async () => {
      const [wallet, folder] = [fresh('card'), temporary(`bank-${files++}`)];
      const bank = await startTapnote(
        ['bank', 'serve', '--data', folder, '--port', '0'],
        /^bank: (\S+)\n.*Ctrl-C/ms,
      );
      const counter = {
        TAPNOTE_COUNTER_TOKEN_FILE: `${folder}/counter-token`,
        XDG_STATE_HOME: temporary(`state-${files++}`),
      };
      const board = await serve(['--simulate', '--flash', wallet]);
      const at = ['--port', board.port, '--bank', bank.found];
      const provisioned = await tapnote(['provision', ...at, '--amount', '700'], counter);
      const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(provisioned.out)!;
      await board.kill();
      for (const step of ['deposit', 'load'])
        await tapnote(
          ['bank', step, account, ...(step === 'load' ? [id] : []), '300', '--bank', bank.found],
          counter,
        );
      card = await stack().card('--flash', wallet, '--tear', '3');
      const gateway = ['gateway', '--pcsc', '--bank', bank.found, '--reader', READER, '--wait', '600'];
      const { status, out, err } = await tapnote(gateway, stack().env);
      expect(`${status} ${err}`).toBe('0 ');
      expect(out).toMatch(/^torn: /m);
      expect(out).toMatch(/the card has synced with the bank at .*, \d+ messages/);
      expect(await moneyIn(wallet)).toMatchObject({ held: 1_000, inFlight: 0 });
      const audit = await tapnote(['bank', 'audit', '--bank', bank.found], counter);
      expect(audit.status).toBe(0);
      expect(await bank.end('SIGTERM')).toBe(0);
    });

    it('says in one line that no card came, or that there is no such reader', async () => {
      // A daemon that has seen no card: one notices a moment later that a card has gone.
      const fresh = await startSmartCardStack();
      for (const [args, where] of [
        [['--wait', '0'], 'in Virtual PCD'],
        [['--wait', '0', '--reader', 'Elephant'], 'there is no such reader'],
      ] as const) {
        const { status, err } = await tapnote(['terminal', '100', '--pcsc', ...args], fresh.env);
        expect(err).toMatch(new RegExp(`^error: no card came: ${where}[^\n]* \\[no-card\\]\n$`));
        expect(status).toBe(3);
      }
      await fresh.end();
    });
  },
);

describe('without a smart-card stack', () => {
  it('terminal and gateway say so in one line', async () => {
    const nowhere = { PCSCLITE_CSOCK_NAME: temporary('no-socket') };
    const { status, err } = await tapnote(['terminal', '100', '--pcsc'], nowhere);
    expect(err).toMatch(/^error: no smart-card stack: [^\n]+ \[no-pcsc\]\n$/);
    expect(status).toBe(3);
    const gateway = await tapnote(['gateway', '--pcsc', '--bank', 'http://127.0.0.1:1'], nowhere);
    expect(gateway.err).toMatch(/^error: the bank: [^\n]+ \[bank-unreachable\]\n$/);
    expect((await tapnote(['terminal', '0', '--pcsc'], nowhere)).err).toContain('[invalid-argument]');
  });
});
