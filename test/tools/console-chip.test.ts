import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { RANDOM_NAME } from '../../firmware/selftest/bench.js';
import type { TouchResult } from '../../firmware/terminal/order.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { BankServer } from '../../sim/bank/server/http.js';
import { Town } from '../../sim/world/town.js';
import type { AirRow } from '../../tools/cli/serial/air-bench.js';
import { simulateBoard } from '../../tools/cli/serial/console.js';
import { type Emulated, emulateBoard } from '../../tools/console-chip/emulator.js';
import { buildEngine } from '../../tools/xs/build.js';
import { whyNotOn } from '../../tools/xs/run.js';
import { TOKEN } from '../support/counter-token.js';
import { skipWithout } from '../support/external.js';
import { tapnote, temporary } from './run-cli.js';

const reason = await whyNotOn('chip');
const skipped = skipWithout(reason === undefined, `the emulated chip (${reason})`);
if (reason === undefined) for (const target of ['host', 'chip'] as const) await buildEngine(target);
const AMOUNT = 10_000;

describe.skipIf(skipped)(`the emulated chip behind its UART${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const flash = temporary('chip-ram');
  let town: Town;
  let server: BankServer;
  let bank: string;
  let chip: Emulated;

  /** In the stall's world, out of its field. */
  const plugIn = async (): Promise<void> => {
    chip = await emulateBoard({ flash, clock: town.world.clock, field: town.world.field });
    chip.chip.leaveField();
  };
  const identity = async () => {
    const { out, err } = await tapnote(['doctor', '--port', chip.path, '--json', '-']);
    expect(`${err}${chip.complaint}`).toBe('');
    return JSON.parse(out).identity;
  };

  beforeAll(async () => {
    town = await Town.open({ crypto: opensslCrypto, seed: 3, start_s: 1_800_000_000 });
    await town.enrol('stall', { category: 5812 });
    server = new BankServer(town.bank, { token: TOKEN });
    bank = await server.listen();
    await plugIn();
  });

  afterAll(async () => {
    await chip?.stop();
    await server?.close();
    await town?.close();
    rmSync(flash, { force: true });
  });

  it('is found by the doctor to be healthy, blank, and rv32imc', async () => {
    const { status, out, err } = await tapnote(['doctor', '--port', chip.path]);
    expect(`${err}${chip.complaint}`).toBe('');
    expect(out).toContain('emulated board (rv32imc)');
    expect(out).toContain('wallet    blank');
    expect(out).toContain('healthy: ');
    expect(status).toBe(0);
  });

  it('is provisioned although the plug is pulled in the middle', async () => {
    const state = { XDG_STATE_HOME: temporary('state'), TAPNOTE_COUNTER_TOKEN: TOKEN };
    const args = () => ['provision', '--port', chip.path, '--bank', bank, '--amount', `${AMOUNT}`];
    // At the moment the bank certifies the key: the device has its keys, and not its certificate.
    const enrol = town.bank.enrol.bind(town.bank);
    town.bank.enrol = async (request) => {
      const given = await enrol(request);
      town.bank.enrol = enrol;
      await chip.stop();
      return given;
    };
    const cut = await tapnote(args(), state);
    expect(cut.status).not.toBe(0);
    await plugIn();
    const { status, out, err } = await tapnote(args(), state);
    expect(err).toBe('');
    expect(out).toContain('in an earlier run');
    expect(status).toBe(0);
    expect((await identity()).lifecycle).toBe(Lifecycle.active);
  });

  it('pays at a desktop terminal, over two simulated front ends', async () => {
    const stall = town.resident('stall').device;
    const { field } = town.world;
    chip.chip.enterField(field);
    stall.module.chip.enterField(field);
    const order = stall.terminal.order('pull', 650);
    const touch = (): Promise<TouchResult> =>
      new Promise((resolve) => stall.terminal.touch(order, 20_000, resolve));
    const result = await touch();
    expect(chip.complaint).toBe('');
    expect(result).toMatchObject({ outcome: 'paid' });
    expect(stall.wallet.ledger.held).toBe(650);
    chip.chip.leaveField();
    const log = await tapnote(['log', '--port', chip.path]);
    expect(log.out).toContain('a reader began a touch');
  });

  /** A simulated board that lies on the chip. */
  const beside = (flash: string) => {
    chip.chip.enterField(town.world.field);
    const { clock, field } = town.world;
    const place = { clock, field, catchUp: () => chip.catchUp() };
    return simulateBoard({ fault: 'none', flash: temporary(flash), place, onNotice() {} });
  };

  it('pays a simulated board and is paid by it, by one command over both cables', async () => {
    const state = { XDG_STATE_HOME: temporary('pay-state'), TAPNOTE_COUNTER_TOKEN: TOKEN };
    town.resident('stall').device.module.chip.leaveField();
    const board = await beside('payee');
    try {
      const flags = ['--port', board.path, '--bank', bank, '--amount', '0'];
      expect((await tapnote(['provision', ...flags], state)).status).toBe(0);
      const held = () => board.board.wallet!.ledger.held;
      const pays = async (from: string, to: string, amount: number): Promise<void> => {
        const ended = await tapnote(['pay', '--from', from, '--to', to, '--amount', `${amount}`], state);
        expect(`${ended.status} ${ended.err}${chip.complaint}`).toBe('0 ');
      };
      await pays(chip.path, board.path, 1_250);
      expect(held()).toBe(1_250);
      await pays(board.path, chip.path, 1_000);
      expect(held()).toBe(250);
      for (const port of [board.path, chip.path, board.path])
        expect((await tapnote(['sync', '--port', port, '--bank', bank], state)).err).toBe('');
      const { faults, losses, owed } = await town.bank.audit();
      expect([faults, losses, owed]).toEqual([[], [], []]);
    } finally {
      await board.stop();
      chip.chip.leaveField();
    }
  });

  it('measures its front end with that of a simulated board beside it', async () => {
    const board = await beside('beside');
    try {
      for (const [port, other] of [
        [chip.path, board.path],
        [board.path, chip.path],
      ] as const) {
        const args = ['bench', '--port', port, '--other', other, '--no-emulated', '--json', '-'];
        const { out, err } = await tapnote(args);
        expect(`${err}${chip.complaint}`).toBe('');
        const { air } = JSON.parse(out) as { air: AirRow[] };
        expect(air.map(({ kbps }) => kbps)).toEqual([106, 106, 106, 424, 424, 424]);
      }
    } finally {
      await board.stop();
      chip.chip.leaveField();
    }
  });

  it('measures itself, to the instruction as the benchmark does', async () => {
    const { status, out } = await tapnote(['bench', '--port', chip.path, '--json', '-']);
    expect(status).toBe(0);
    const { rows } = JSON.parse(out) as {
      rows: { name: string; device_instructions: number; instructions?: number }[];
    };
    // The emulated chip has no noise to wait for.
    expect(rows.filter((row) => row.instructions === undefined).map(({ name }) => name)).toEqual([
      RANDOM_NAME,
    ]);
    for (const { name, device_instructions, instructions } of rows)
      if (instructions !== undefined)
        expect(Math.abs(device_instructions / instructions - 1), name).toBeLessThan(0.05);
  });
});
