import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { concat, u32 } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus, OrderStage } from '../../../firmware/console/codes.js';
import { parseOrderState } from '../../../firmware/console/order-state.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { Town } from '../../../sim/world/town.js';
import { ConsoleError } from '../../../tools/cli/serial/client.js';
import { pay } from '../../../tools/cli/serial/pay.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { carrySync } from '../../../tools/cli/serial/sync.js';
import { impatient, Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const LOADED = 400_000;
const PIN = '2468';
/** By the bank's ordinary profile: nobody is asked, the button is, the PIN is. */
const SMALL = 1_250;
const BUTTON = 30_000;
const WITH_PIN = 150_000;

let town: Town;
beforeAll(async () => {
  vi.stubEnv('XDG_STATE_HOME', mkdtempSync(join(tmpdir(), 'tapnote-pay-')));
  town = await Town.open({ crypto: opensslCrypto, seed: 9, start_s: 1_800_000_000 });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await town.close();
});

/** Two boards that lie on each other, both wallets: the payer has money and a PIN. */
async function couple() {
  const clock = new VirtualClock();
  const place = { clock, field: new RfField(clock) };
  const [payer, payee] = [new Workbench('none', undefined, place), new Workbench('none', undefined, place)];
  const make = (bench: Workbench, amount: number, more: { pin?: string } = {}) =>
    provision(
      bench.client,
      stationOf(town.bank),
      { name: 'Mei', amount, currency: 'CNY', category: 0, ...more },
      () => {},
    );
  const accounts = [
    (await make(payer, LOADED, { pin: PIN })).account!,
    (await make(payee, 0)).account!,
  ] as const;
  return { payer, payee, accounts };
}

type Couple = Awaited<ReturnType<typeof couple>>;

const heldBy = ({ board }: Workbench): number => board.wallet!.ledger.held;
const pays = ({ payer, payee }: Couple, amount: number, pin?: string, say = (_: string): void => {}) =>
  pay({ payer: impatient(payer), payee: impatient(payee), amount, pin, say });

/** Both have synced: what was paid is in the books of the bank, to the fen. */
async function expectSettled({ payer, payee, accounts }: Couple, paid: number): Promise<void> {
  for (const { client } of [payee, payer, payee]) await carrySync(client, town.bank.openSync());
  expect([heldBy(payer), heldBy(payee)]).toEqual([LOADED - paid, paid]);
  const books = await Promise.all(accounts.map((account) => town.bank.balance(account)));
  expect(books.map(({ offline }) => offline)).toEqual([LOADED - paid, paid]);
  expect((await town.bank.audit()).faults).toEqual([]);
}

function order(id: Uint8Array, amount: number, pin = ''): Uint8Array {
  const number = u32(amount);
  return concat(id, number, new TextEncoder().encode(pin));
}
const amountOf = (amount: number): Uint8Array => order(new Uint8Array(0), amount);

/** The status of the answer, and the refusal that came with it. */
async function statusOf({ client }: Workbench, command: number, payload: Uint8Array): Promise<number[]> {
  try {
    await client.ask(command, payload, { timeout_ms: 200 });
    return [ConsoleStatus.ok];
  } catch (error) {
    if (!(error instanceof ConsoleError)) throw error;
    return [error.status, ...error.data];
  }
}

describe('two devices on two ports', () => {
  it('pay, again and again, and settle', async () => {
    const both = await couple();
    for (let i = 1; i <= 3; i++) {
      const done = await pays(both, SMALL);
      expect(done).toMatchObject({ amount: SMALL, isFromBefore: false });
      expect([heldBy(both.payer), heldBy(both.payee)]).toEqual([LOADED - i * SMALL, i * SMALL]);
    }
    await expectSettled(both, 3 * SMALL);
  });

  it('go on when the payer’s owner has pressed the button', async () => {
    const both = await couple();
    const { board, notified } = both.payer;
    const said: string[] = [];
    await pays(both, BUTTON, undefined, (line) => {
      said.push(line);
      if (!/press it/.test(line)) return;
      expect(heldBy(both.payer)).toBe(LOADED);
      board.owner?.onConsent(board.prompt!);
    });
    expect(said.join('\n')).toMatch(/waits for its button: press it/);
    expect(notified).not.toContain('refused');
    await expectSettled(both, BUTTON);
  });

  it('take the PIN that is typed at the terminal; a wrong one costs one try, and not three', async () => {
    const both = await couple();
    await expect(pays(both, WITH_PIN, '1111')).rejects.toMatchObject({
      code: 'refused',
      message: 'nothing was paid: the PIN is wrong',
    });
    expect(both.payer.board.wallet!.pin.triesLeft).toBe(2);
    await pays(both, WITH_PIN, PIN);
    expect(both.payer.board.wallet!.pin.triesLeft).toBe(3);
    await expectSettled(both, WITH_PIN);
  });

  it('say who refuses and why, and the next payment is a new one', async () => {
    const both = await couple();
    const [payer, payee] = [both.payee, both.payer];
    await expect(pays({ ...both, payer, payee }, SMALL)).rejects.toMatchObject({
      code: 'refused',
      message: 'nothing was paid: refused by the payer: not enough money',
    });
    await pays(both, SMALL);
    await pays({ ...both, payer, payee }, SMALL);
    await expectSettled(both, 0);
  });

  it('are told when nobody comes for a minute, which writes nothing to flash', async () => {
    const both = await couple();
    both.payer.board.wiring.module.chip.leaveField();
    const { sequence } = both.payee.board.wallet!.ledger;
    await expect(pays(both, SMALL)).rejects.toMatchObject({ code: 'called-off' });
    // Nobody was met, so there is nothing to be called off: no entry for whoever asks over a cable.
    expect(both.payee.board.wallet!.ledger.sequence).toBe(sequence);
    both.payer.board.wiring.module.chip.enterField();
    await pays(both, SMALL);
    await expectSettled(both, SMALL);
  });

  it('go on by the same command, paying once, wherever a plug is pulled', { timeout: 300_000 }, async () => {
    const cut = fc.record({ isPayer: fc.boolean(), operation: fc.integer({ min: 1, max: 8 }) });
    const cuts = fc.array(cut, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(cuts, async (pulls) => {
        const both = await couple();
        for (const { isPayer, operation } of pulls) {
          const bench = isPayer ? both.payer : both.payee;
          bench.pullPlugAt(operation);
          const done = await pays(both, SMALL).catch(() => undefined);
          bench.plugIn();
          if (done) return expectSettled(both, SMALL);
        }
        await pays(both, SMALL);
        await expectSettled(both, SMALL);
      }),
      { numRuns: 12 },
    );
  });
});

describe('an order over the cable', () => {
  const { invoice, ask, asked } = ConsoleCommand;

  it('is refused where it is no order, and by a device that is no wallet', async () => {
    const { payee } = await couple();
    const id = await payee.client.ask(invoice, amountOf(SMALL));
    expect(id).toHaveLength(8);
    for (const [command, payload] of [
      [invoice, amountOf(0)],
      [invoice, amountOf(0x80000000)],
      [invoice, new Uint8Array(5)],
      [ask, order(id, 0)],
      [ask, order(id, SMALL, '1'.repeat(13))],
      [ask, id],
      [asked, new Uint8Array(7)],
    ] as const)
      expect(await statusOf(payee, command, payload)).toEqual([ConsoleStatus.malformed]);
    expect(await statusOf(payee, asked, id)).toEqual([ConsoleStatus.absent]);
    const blank = new Workbench();
    expect(await statusOf(blank, invoice, amountOf(SMALL))).toEqual([
      ConsoleStatus.failed,
      Refusal.notActive,
    ]);
    expect(await statusOf(blank, ask, order(id, SMALL))).toEqual([ConsoleStatus.failed, Refusal.notActive]);
  });

  it('is for one amount, and is paid once', async () => {
    const both = await couple();
    const { payee, payer } = both;
    payer.board.wiring.module.chip.leaveField();
    const id = await payee.client.ask(invoice, amountOf(SMALL));
    expect(await statusOf(payee, ask, order(id, SMALL))).toEqual([ConsoleStatus.ok]);
    expect(await statusOf(payee, ask, order(id, SMALL))).toEqual([ConsoleStatus.ok]);
    expect(await statusOf(payee, ask, order(id, SMALL + 1))).toEqual([
      ConsoleStatus.failed,
      Refusal.mismatch,
    ]);
    payer.board.wiring.module.chip.enterField();
    payee.pass(10_000);
    const state = parseOrderState(await payee.client.ask(asked, id));
    expect(state).toMatchObject({ stage: OrderStage.paid, payer: payer.board.wallet!.certificate.id });
    for (const amount of [SMALL, SMALL + 1])
      expect(await statusOf(payee, ask, order(id, amount))).toEqual([ConsoleStatus.failed, Refusal.paid]);
    await expectSettled(both, SMALL);
    // What an earlier epoch had is the bank's to tell.
    expect(await statusOf(payee, ask, order(id, SMALL))).toEqual([
      ConsoleStatus.failed,
      Refusal.settledSince,
    ]);
  });

  it('does not begin while the owner’s own is under way, of which nothing is told', async () => {
    const { payee, payer } = await couple();
    payer.board.wiring.module.chip.leaveField();
    const id = await payee.client.ask(invoice, amountOf(SMALL));
    payee.board.owner?.onAsk(SMALL);
    expect(await statusOf(payee, asked, id)).toEqual([ConsoleStatus.absent]);
    const answers: Uint8Array[] = [];
    const { onBytes } = payee.port;
    payee.port.onBytes = (bytes) => void answers.push(bytes.slice());
    const busy = payee.client.ask(ask, order(id, SMALL), { timeout_ms: 20 });
    await expect(busy).rejects.toMatchObject({ code: 'device-silent' });
    expect(answers[0]![8]).toBe(ConsoleStatus.busy);
    payee.port.onBytes = onBytes;
    payee.board.owner?.onCancel();
    payee.pass(2_000);
    expect(await statusOf(payee, ask, order(id, SMALL))).toEqual([ConsoleStatus.ok]);
  });
});
