import { describe, expect, it } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { StandaloneReceipt } from '../../../firmware/objects/standalone-receipt.js';
import { HistoryKind } from '../../../firmware/protocol/history.js';
import { exportReceipt as exportFrom } from '../../../firmware/wallet/receipt-export.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { ascii } from '../../../sim/world/test-bank.js';
import { exportReceipt, readHistory } from '../../../tools/cli/receipt/from-device.js';
import { Workbench } from '../../support/console.js';
import { pays, townOf } from '../../support/town.js';

const PIN = '2468';

/** A board with the flash of a watch that has paid a stall, in entry `sequence`. */
async function paidOnBoard() {
  const town = await townOf({ stall: { category: 5812 }, watch: { loaded: 1_000, pin: PIN } });
  await pays(town, 'watch', 'stall', 250);
  const { device } = town.resident('watch');
  const { sequence } = device.wallet.ledger;
  const expected = exportFrom(device.wallet, ascii(PIN), sequence);
  town.world.rest(device);
  const bench = new Workbench();
  bench.nor.importImage(device.nor.exportImage());
  bench.plugIn();
  expect(bench.board.wallet?.ledger.held).toBe(750);
  return { bench, sequence, expected, root: town.bank.rootPublicKey };
}

describe('a receipt over the cable', () => {
  it('comes from a wallet that is locked down, to its owner, who has the PIN', async () => {
    const { bench, sequence, expected, root } = await paidOnBoard();
    for (const entry of [sequence, sequence - 1]) {
      const receipt = await exportReceipt(bench.client, entry, PIN);
      expect(receipt.bytes).toEqual((expected as StandaloneReceipt).bytes);
      expect(StandaloneReceipt.parse(receipt.bytes)?.fault(crypto, root)).toBeUndefined();
    }
    expect(bench.board.wallet?.ledger.held).toBe(750);
  });

  it('says with a code why there is none', async () => {
    const { bench, sequence } = await paidOnBoard();
    const refusedAs = (entry: number, pin: string, code: string) =>
      expect(exportReceipt(bench.client, entry, pin)).rejects.toMatchObject({ code: `receipt-${code}` });
    await refusedAs(sequence + 1, PIN, 'no-entry');
    await refusedAs(1, PIN, 'no-payment');
    await refusedAs(sequence, '1111', 'pin');
    await refusedAs(sequence, '1111', 'pin');
    bench.plugIn();
    await refusedAs(sequence, '1111', 'pin-locked');
    await refusedAs(sequence, PIN, 'pin-locked');
    const blank = new Workbench();
    await expect(exportReceipt(blank.client, 1, PIN)).rejects.toMatchObject({ code: 'receipt-pin-unset' });
  });

  it('survives a pulled plug at any flash operation: no try of the PIN is given for nothing', async () => {
    const { bench, sequence } = await paidOnBoard();
    for (let operation = 1; operation <= 4; operation++) {
      bench.pullPlugAt(operation);
      const asked = concat(Uint8Array.of(0, 0, 0, sequence), ascii('1111'));
      await bench.client.ask(ConsoleCommand.receipt, asked, { timeout_ms: 20 }).catch(() => undefined);
      bench.plugIn();
      const { triesLeft } = bench.board.wallet!.pin;
      expect(triesLeft).toBeGreaterThanOrEqual(2);
      await exportReceipt(bench.client, sequence, PIN);
      expect(bench.board.wallet!.pin.triesLeft).toBe(3);
    }
  });

  it('is found by the history, which is the owner’s as well, page by page', async () => {
    const { bench, sequence } = await paidOnBoard();
    const lines = await readHistory(bench.client, 100, PIN);
    expect(lines.map((line) => line.sequence)).toEqual(
      Array.from({ length: sequence }, (_, i) => sequence - i),
    );
    const out = lines.find(({ kind }) => kind === HistoryKind.out);
    expect(out).toMatchObject({ amount: 250, sequence: sequence - 1 });
    expect((await exportReceipt(bench.client, out!.sequence, PIN)).transfer.total).toBe(250);
    expect(await readHistory(bench.client, 1, PIN)).toEqual(lines.slice(0, 1));
    await expect(readHistory(bench.client, 1, '1111')).rejects.toMatchObject({ code: 'receipt-pin' });
    expect(bench.board.wallet!.pin.triesLeft).toBe(2);
  });

  it('takes a number and a PIN, and nothing else', async () => {
    const { bench } = await paidOnBoard();
    for (const command of [ConsoleCommand.receipt, ConsoleCommand.history])
      for (const length of [0, 1, 3, 17, 2_000])
        await expect(
          bench.client.ask(command, new Uint8Array(length)),
          `${length} bytes`,
        ).rejects.toMatchObject({ status: ConsoleStatus.malformed });
    expect(bench.board.wallet!.pin.triesLeft).toBe(3);
  });

  it('can be asked for again and again', async () => {
    const { bench, sequence } = await paidOnBoard();
    for (let i = 0; i < 600; i++)
      await bench.client.ask(ConsoleCommand.receipt, concat(Uint8Array.of(0, 0, 0, sequence), ascii(PIN)));
    expect(bench.board.wallet?.ledger.held).toBe(750);
  });
});
