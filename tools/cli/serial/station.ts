import type { Enrolment, Personalisation } from '../../../sim/bank/accounts/enrol.js';
import { hex } from '../../../sim/bank/bytes.js';
import { bankAt } from '../bank/bank-at.js';
import type { SyncLine } from './sync.js';

/** What provisioning asks of a bank, near or far. */
export interface Bank {
  createAccount(operator: number, name: string, options?: { password?: string }): Promise<number>;
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
  /** Of the accounts that it opens. */
  currency(): Promise<string>;
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

/** What a computer keeps for the next run. */
export interface Shelf<Kept extends object> {
  /** Undefined when there is nothing, or nothing that can be read. */
  read(): Kept | undefined;
  write(kept: Kept): void;
  forget(): void;
}

export type ShelfOf = <Kept extends object>(kind: 'provision' | 'devices', name: string) => Shelf<Kept>;

/** Asked for, to see whether the counter answers. */
const NO_DEVICE = new Uint8Array(8);

/** A bank that serves HTTP. */
export function remoteStation(url: string, token: string, shelfOf: ShelfOf): ProvisioningStation {
  const bank = bankAt(url, token);
  return {
    bank,
    currency: async () => (await bank.about()).currency,
    where: url,
    probe: async () => {
      await bank.about();
      // Whether its counter serves us, before a device has made keys for it.
      await bank.accountOf(NO_DEVICE);
    },
    ...records(url, shelfOf),
    close: () => Promise.resolve(),
  };
}

/** What to go on with, and which devices are done. */
export function records(
  bank: string,
  shelfOf: ShelfOf,
): Omit<ProvisioningStation, 'bank' | 'where' | 'currency' | 'probe' | 'close'> {
  const begun = (signingKey: Uint8Array) => shelfOf<Kept & { bank: string }>('provision', hex(signingKey));
  const done = (device: Uint8Array) => shelfOf<{ bank: string }>('devices', hex(device));
  return {
    kept: (signingKey) => {
      const kept = begun(signingKey).read();
      return kept?.bank === bank ? kept : undefined;
    },
    keep: (signingKey, kept) => begun(signingKey).write({ bank, ...kept }),
    forget: (signingKey) => begun(signingKey).forget(),
    homeOf: (device) => done(device).read()?.bank,
    settled: (device) => done(device).write({ bank }),
  };
}
