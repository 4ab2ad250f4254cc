import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Enrolment, Personalisation } from '../../../sim/bank/accounts/enrol.js';
import { hex } from '../../../sim/bank/bytes.js';
import { openLocalBank } from '../../../sim/host/local-bank.js';
import { bankAt } from '../bank/bank-at.js';
import { CliError, systemReason } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { SyncLine } from './sync.js';

/** What provisioning asks of a bank, near or far. */
export interface Bank {
  createAccount(operator: number, name: string): Promise<number>;
  /** Undefined when it is not a device of this bank. */
  accountOf(device: Uint8Array): Promise<number | undefined>;
  /** Minor units in the account, and on its devices. */
  balance(account: number): Promise<{ available: number; offline: number }>;
  deposit(account: number, amount: number): Promise<void>;
  load(account: number, device: Uint8Array, amount: number): Promise<void>;
  challenge(): Promise<Uint8Array>;
  enrol(request: Enrolment): Promise<Personalisation>;
  openSync(): SyncLine;
}

/** What is known of a device that is being provisioned: each is kept before the step that needs it. */
export interface Kept {
  /** Of the PIN that was set, or was about to be. */
  readonly puk?: string | undefined;
  readonly account?: number;
  readonly personalisation?: Personalisation;
}

export interface ProvisioningStation {
  readonly bank: Bank;
  readonly where: string;
  /** Throws BankError when no bank answers. */
  probe(): Promise<void>;
  /** By the device's public key: what an earlier run that did not come to its end has left. */
  kept(signingKey: Uint8Array): Kept | undefined;
  keep(signingKey: Uint8Array, kept: Kept): void;
  forget(signingKey: Uint8Array): void;
  /** Where this computer has provisioned that device before: the URL or the folder of the bank. */
  homeOf(device: Uint8Array): string | undefined;
  settled(device: Uint8Array): void;
  close(): Promise<void>;
}

/** A record is some 2 KB. */
const RECORD_BYTES_MAX = 65_536;
/** Asked for, to see whether the counter answers. */
const NO_DEVICE = new Uint8Array(8);
/** A PUK is in it: for its owner's eyes. */
const RECORD_MODE = 0o600;

/** A bank that serves HTTP. */
export function remoteStation(url: string, token: string): ProvisioningStation {
  const bank = bankAt(url, token);
  return {
    bank,
    where: url,
    probe: async () => {
      await bank.about();
      // Whether its counter serves us, before a device has made keys for it.
      await bank.accountOf(NO_DEVICE);
    },
    ...records(url),
    close: () => Promise.resolve(),
  };
}

/** A bank of one's own in a folder. */
export async function localStation(folder: string, currency: string): Promise<ProvisioningStation> {
  OutputFile.checkFolder('--new-bank', folder);
  try {
    const { bank, close } = await openLocalBank(folder, { currency });
    return { bank, where: folder, probe: () => Promise.resolve(), ...records(resolve(folder)), close };
  } catch (error) {
    const why = `there is no bank in it, and none can be made: ${systemReason(error)}`;
    throw new CliError(Exit.usage, 'bank-folder', `--new-bank ${folder}: ${why}`);
  }
}

/**
 * In the user's own folder for such things (XDG_STATE_HOME): what to go on with, and which devices are done.
 */
function records(bank: string): Omit<ProvisioningStation, 'bank' | 'where' | 'probe' | 'close'> {
  const folder = join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'tapnote');
  const begun = (signingKey: Uint8Array): string => join(folder, 'provision', `${hex(signingKey)}.json`);
  const done = (device: Uint8Array): string => join(folder, 'devices', `${hex(device)}.json`);
  return {
    kept: (signingKey) => read<Kept & { bank: string }>(begun(signingKey), (kept) => kept.bank === bank),
    keep: (signingKey, kept) => write(begun(signingKey), { bank, ...kept }),
    forget: (signingKey) => rmSync(begun(signingKey), { force: true }),
    homeOf: (device) => read<{ bank: string }>(done(device), () => true)?.bank,
    settled: (device) => write(done(device), { bank }),
  };
}

const write = (file: string, record: object): void =>
  OutputFile.checkFolder(
    'the record',
    dirname(file),
  )(basename(file)).write(JSON.stringify(record, flatten, 2), RECORD_MODE);

/** Undefined when there is none, or none that counts. */
function read<T>(file: string, counts: (record: T) => boolean): T | undefined {
  try {
    const record = JSON.parse(readUserText(file, RECORD_BYTES_MAX), revive) as T;
    return counts(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

const flatten = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { hex: hex(value) } : value;

const revive = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'hex' in value
    ? new Uint8Array(Buffer.from(String(value.hex), 'hex'))
    : value;
