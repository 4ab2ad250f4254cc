import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventCode, parseEvents, WALLET_FAULTS } from '../../../firmware/app/event-log.js';
import { FIRMWARE_VERSION, IMAGE_MARK } from '../../../firmware/app/version.js';
import { ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { NO_WALLET, parseIdentity } from '../../../firmware/console/identity.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { FORMAT_VERSION } from '../../../firmware/store/format.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { hex } from '../../../sim/bank/bytes.js';
import { Town } from '../../../sim/world/town.js';
import type { ConsoleError } from '../../../tools/cli/serial/client.js';
import { checkUp } from '../../../tools/cli/serial/doctor.js';
import { ownFirmware, refuseUpdate } from '../../../tools/cli/serial/firmware-image.js';
import { provision } from '../../../tools/cli/serial/provision.js';
import { Workbench } from '../../support/console.js';
import { stationOf } from '../../support/station.js';

const AMOUNT = 1_000;
const OPTIONS = { name: 'Mei', amount: AMOUNT, currency: 'CNY', category: 0 };

let town: Town;
beforeAll(async () => {
  town = await Town.open({ crypto: opensslCrypto, seed: 9, start_s: 1_800_000_000 });
});
afterAll(() => town.close());

async function provisioned(): Promise<Workbench> {
  const bench = new Workbench();
  await provision(bench.client, stationOf(town.bank), OPTIONS, () => {});
  return bench;
}

const SECTOR_BYTES = 4_096;

/**
 * The image with another format in the header of each sector that has one, as that format's firmware would
 * have written it.
 */
function withFormat(image: Uint8Array, format: number): Uint8Array {
  const changed = image.slice();
  const view = new DataView(changed.buffer);
  for (let at = 0; at < changed.length; at += SECTOR_BYTES) {
    if (String.fromCharCode(...changed.subarray(at, at + 4)) !== 'tapn') continue;
    changed[at + 4] = format;
    view.setUint32(at + 12, crc32(changed, at, at + 12, 0), true);
  }
  return changed;
}

describe('a firmware that finds the store of another', () => {
  it('says so, writes nothing whatever it is asked, and the wallet is there again with its own firmware', async () => {
    const bench = await provisioned();
    const { client, nor, board } = bench;
    const mine = nor.exportImage();
    const other = withFormat(mine, 9);
    nor.importImage(other);
    bench.plugIn();

    const identity = await client.identify();
    expect(identity).toMatchObject({ lifecycle: NO_WALLET, otherFormat: 9, formatVersion: FORMAT_VERSION });
    const events = parseEvents(await client.ask(ConsoleCommand.log, new Uint8Array(4)));
    expect(events.find(({ code }) => code === EventCode.walletRefused)?.detail).toBe(
      (9 << 8) | WALLET_FAULTS.indexOf('version'),
    );
    const checkup = await checkUp(client);
    expect(checkup.opinion.code).toBe('other-format');
    expect(checkup.opinion.what).toContain('store format 9');
    for (const apdu of ['8020000003434e5900', '00a4040007a0000008']) {
      const refused = client.ask(ConsoleCommand.provision, Buffer.from(apdu, 'hex'));
      await expect(refused).rejects.toMatchObject({
        status: ConsoleStatus.absent,
      } satisfies Partial<ConsoleError>);
    }
    bench.plugIn();
    expect(hex(nor.exportImage())).toBe(hex(other));

    nor.importImage(mine);
    bench.plugIn();
    expect(board.wallet?.ledger.held).toBe(AMOUNT);
  });

  it('is told apart from a flash that is broken', async () => {
    const bench = await provisioned();
    const image = bench.nor.exportImage();
    image.fill(0, 0, SECTOR_BYTES);
    bench.nor.importImage(image);
    bench.plugIn();
    expect(await bench.client.identify()).toMatchObject({ lifecycle: NO_WALLET, otherFormat: 0 });
  });
});

describe('whether a new firmware may go onto a device', () => {
  const next = (version: string, storeFormat: number) => ({ version, storeFormat });

  it('is known of this firmware: its mark has the version and the store’s format', () => {
    expect(IMAGE_MARK).toBe(`<tapnote firmware ${FIRMWARE_VERSION} store ${FORMAT_VERSION}>`);
    expect(ownFirmware()).toEqual(next(FIRMWARE_VERSION, FORMAT_VERSION));
  });

  it('with money on it: only one that reads it, and none that is older', async () => {
    const { client } = await provisioned();
    const device = await client.identify();
    expect(device).toMatchObject({ lifecycle: Lifecycle.active, holdsMoney: true });
    expect(refuseUpdate(device, ownFirmware())).toBeUndefined();
    expect(refuseUpdate(device, next('9.0.0', FORMAT_VERSION))).toBeUndefined();
    expect(refuseUpdate(device, next('9.0.0', FORMAT_VERSION + 1))).toContain('sync and empty it first');
    expect(refuseUpdate(device, next('0.1.9', FORMAT_VERSION))).toContain('0.1.9 is older');
    // Empty, and all of it settled.
    const emptied = { ...device, holdsMoney: false };
    expect(refuseUpdate(emptied, next('9.0.0', FORMAT_VERSION + 1))).toBeUndefined();
    expect(refuseUpdate(emptied, next('0.1.9', FORMAT_VERSION))).toContain('is older');
  });

  it('blank: any', async () => {
    const device = await new Workbench().client.identify();
    expect(device).toMatchObject({ lifecycle: Lifecycle.blank, holdsMoney: false });
    fc.assert(
      fc.property(fc.nat(99), fc.nat(99), fc.nat(255), (major, minor, format) => {
        return refuseUpdate(device, next(`${major}.${minor}.0`, format)) === undefined;
      }),
    );
  });

  it('with a store that its firmware does not read: only the one that does, older or not', async () => {
    const device = { ...(await new Workbench().client.identify()), lifecycle: NO_WALLET, otherFormat: 1 };
    expect(refuseUpdate(device, next('0.1.0', 1))).toBeUndefined();
    expect(refuseUpdate(device, next('9.0.0', 3))).toContain('flash the firmware that wrote it');
  });

  it('from a firmware that does not say whether it is empty: as if it held money', async () => {
    const { client } = await provisioned();
    const bytes = (await client.ask(ConsoleCommand.identify, new Uint8Array(0))).slice();
    bytes[2] &= ~0x04;
    expect(parseIdentity(bytes)?.holdsMoney).toBe(true);
  });
});
