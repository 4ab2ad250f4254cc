import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { skipWithout } from '../support/external.js';
import { hasProgram } from '../support/libnfc.js';
import { moneyIn } from './money-in.js';
import { type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const HELD = 10_000;
/** SELECT, HELLO, the order for a code. */
const COMMANDS = 3;
const PRESS_MS = 200;
const failsWith = (code: string) => expect.stringMatching(new RegExp(`^error: .* \\[${code}\\]\n$`));

const booked = async (state: string): Promise<[string, number][]> =>
  JSON.parse((await tapnote(['pos', 'bills', state, '--json', '-'])).out).bills.map(
    ({ means, amount }: { means: string; amount: number }) => [means, amount],
  );

describe.skipIf(skipWithout(hasProgram('stty'), 'stty and python3'))(
  'tapnote pos card: an account card at a PN532 on a serial port',
  () => {
    const running: Started[] = [];
    let ports: string[] = [];
    afterEach(async () => {
      for (const each of running.splice(0).reverse()) await each.end('SIGTERM');
    });
    /** Two modules whose antennas lie on each other, and a card at one of them. */
    async function lay(...args: string[]): Promise<Started> {
      const chips = await startTapnote(['pn532', '--empty', '--chips', '2'], /(Ctrl-C ends it\.)/);
      running.push(chips);
      ports = [...chips.said().matchAll(/^port: (.+)$/gm)].map(([, path]) => path);
      const card = await startTapnote(['card', '--port', ports[0], ...args], /(is a card at the PN532)/);
      running.push(card);
      return card;
    }
    const take = (amount: number, ...args: string[]) => ['pos', 'card', '--amount', `${amount}`, ...args];
    const at = (amount: number, ...args: string[]) =>
      tapnote([...take(amount, ...args), '--port', ports[1], '--wait', '600']);

    it('books a bill in the log of the till, and no money moves', async () => {
      const [wallet, state] = [temporary('account-card.bin'), temporary('till-of-cards')];
      const card = await lay('--flash', wallet);
      const taken = await at(1_250, '--state', state);
      expect(`${taken.status} ${taken.err}`).toBe('0 ');
      expect(taken.out).toMatch(/^taken: 1250 from user [0-9a-f]{16}, certificate \d+ of platform /m);
      expect(taken.out).toMatch(/^ {2}bill 1 of terminal [0-9a-f]{16}$/m);
      const next = JSON.parse((await at(250, '--state', state, '--json', '-')).out);
      expect(next).toMatchObject({ accepted: true, means: 'card', sequence: 2, counter: 2, paid: 1_500 });
      const limited = await at(250, '--state', state, '--limit', 'counterpartyCountMax=2');
      expect([limited.status, limited.err]).toEqual([1, failsWith('code-counterparty')]);
      const elsewhere = await at(250, '--state', state, '--platform', '00'.repeat(32));
      expect([elsewhere.status, elsewhere.err]).toEqual([1, failsWith('code-operator')]);
      expect(await booked(state)).toEqual([
        ['card', 1_250],
        ['card', 250],
      ]);
      expect(await card.end('SIGINT')).toBe(0);
      expect(await moneyIn(wallet)).toMatchObject({ held: HELD, inFlight: 0 });
    });

    it('books one bill where an answer was lost, and where the holder had to agree', async () => {
      const lost = 1 + Math.floor(Math.random() * COMMANDS);
      const state = temporary('till-of-torn-cards');
      const card = await lay('--tear', `${lost}`);
      const torn = await at(1_250, '--state', state);
      expect(`${torn.status} ${torn.err}`, `answer ${lost} lost`).toBe('0 ');
      expect(torn.out, `answer ${lost} lost`).toMatch(/^torn: /m);
      expect(await booked(state)).toEqual([['card', 1_250]]);
      const asks = await startTapnote(
        [...take(30_000, '--state', state), '--port', ports[1], '--wait', '600'],
        /(refused by the card: waits for its button)/,
      );
      // A question that has only just come takes no press yet: it is pressed until it is heard.
      const presses = setInterval(() => card.type('press'), PRESS_MS);
      const status = await asks.ended;
      clearInterval(presses);
      expect(status, asks.said()).toBe(0);
      expect(await booked(state)).toEqual([
        ['card', 1_250],
        ['card', 30_000],
      ]);
    });

    it('books nothing without a card, and with a PIN that is wrong', async () => {
      const state = temporary('till-of-no-cards');
      const card = await lay();
      const pin = await at(100_001, '--state', state, '--pin', '1234');
      expect([pin.status, pin.err]).toEqual([1, failsWith('refused')]);
      await card.end('SIGTERM');
      const none = await tapnote([...take(1, '--state', state), '--port', ports[1], '--wait', '0']);
      expect([none.status, none.err]).toEqual([3, failsWith('no-card')]);
      expect(await booked(state)).toEqual([]);
    });
  },
);

describe('tapnote pos face', () => {
  const keys = temporary('face-keys');
  const state = temporary('till-of-faces');
  const platform = join(keys, 'platform-key');
  const faces = temporary('faces.txt', '7 Mei\n8 Rui Costa\n');
  const site = temporary('site.list', '1\n');
  const look = (name: string, amount: number, ...args: string[]) =>
    tapnote([
      ...['pos', 'face', name, '--amount', `${amount}`, '--platform', platform, '--faces', faces],
      ...['--state', state, '--whitelist', site, ...args],
    ]);

  it('books into the log of the till what faces of a closed site pay, beside what codes do', async () => {
    const code = (await tapnote(['pos', 'code', '--keys', keys])).out.trimEnd();
    const scan = ['pos', 'scan', code, '--platform', platform, '--amount', '400', '--state', state];
    expect((await tapnote(scan)).err).toBe('');
    const taken = await look('Mei', 300);
    expect(`${taken.status} ${taken.err}`).toBe('0 ');
    expect(taken.out).toMatch(/^taken: 300 by face from account 7 of platform [0-9a-f]{8}\n {2}bill 2 of /);
    expect(taken.out).toContain('  here so far 300 in 1 payment\n');
    expect(JSON.parse((await look('Rui Costa', 200, '--json', '-')).out)).toMatchObject({
      ...{ accepted: true, means: 'face', serial: 8, sequence: 3, payments: 1, paid: 200 },
    });
    const refused: readonly (readonly [string, string, ...string[]])[] = [
      ['code-unrecognised', 'Ana'],
      ['code-unrecognised', 'Mei', '--clear', '899'],
      ['code-face-limit', 'Mei', '--face-max', '299'],
      ['code-counterparty', 'Mei', '--limit', 'counterpartyAmountMax=599'],
    ];
    for (const [why, name, ...args] of refused) {
      const { status, out, err } = await look(name, 300, ...args);
      expect([status, out, err], why).toEqual([1, '', failsWith(why)]);
    }
    expect(await booked(state)).toEqual([
      ['code', 400],
      ['face', 300],
      ['face', 200],
    ]);
  });

  it('takes no face on a site that is not closed, and no list that is none', async () => {
    const open = ['pos', 'face', 'Mei', '--amount', '300', '--platform', platform, '--faces', faces];
    expect((await tapnote(open)).err).toEqual(failsWith('code-no-faces'));
    for (const text of ['Mei\n', '4294967296 Mei\n', '7 Mei\n8 Mei\n'])
      expect((await look('Mei', 300, '--faces', temporary('no-faces.txt', text))).err).toEqual(
        failsWith('faces'),
      );
  });
});
