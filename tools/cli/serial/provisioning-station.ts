import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BankClient } from '../../../sim/bank/client.js';
import type { Enrolment, Personalisation } from '../../../sim/bank/enrol.js';
import { openNearBank } from '../../../sim/host/local-bank.js';
import { hex } from './client.js';

/** What provisioning asks of a bank, near or far. */
export interface Bank {
  createAccount(operator: number, name: string): Promise<number>;
  deposit(account: number, amount: number): Promise<void>;
  load(account: number, device: Uint8Array, amount: number): Promise<void>;
  challenge(): Promise<Uint8Array>;
  enrol(request: Enrolment): Promise<Personalisation>;
  openSync(): { step(message: Uint8Array): Promise<Uint8Array> };
}

/** What a bank has given for a key, until the device has it: a bank certifies a key once. */
export interface Given {
  readonly account: number;
  readonly personalisation: Personalisation;
}

export interface ProvisioningStation {
  readonly bank: Bank;
  readonly where: string;
  /** What an earlier run was given for this key, and could not hand over. */
  pending(signingKey: Uint8Array): Given | undefined;
  keep(signingKey: Uint8Array, given: Given): void;
  forget(signingKey: Uint8Array): void;
  close(): Promise<void>;
}

/** A bank that serves HTTP. */
export function farDesk(url: string): ProvisioningStation {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local/state');
  const bank = new BankClient(url.replace(/\/$/, ''));
  return { bank, where: url, ...drawer(join(state, 'tapnote/provision')), close: () => Promise.resolve() };
}

/** A bank of one's own in a folder. */
export async function nearDesk(folder: string, currency: string): Promise<ProvisioningStation> {
  const { bank, close } = await openNearBank(folder, currency);
  return { bank, where: folder, ...drawer(join(folder, 'pending')), close };
}

/** Nothing in it is secret: certificates, and the numbers of accounts. */
function drawer(folder: string): Pick<ProvisioningStation, 'pending' | 'keep' | 'forget'> {
  const fileOf = (signingKey: Uint8Array): string => join(folder, `${hex(signingKey)}.json`);
  return {
    pending(signingKey) {
      try {
        return JSON.parse(readFileSync(fileOf(signingKey), 'utf8'), revive) as Given;
      } catch {
        return undefined;
      }
    },
    keep(signingKey, given) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(signingKey), JSON.stringify(given, flatten, 2));
    },
    forget: (signingKey) => rmSync(fileOf(signingKey), { force: true }),
  };
}

const flatten = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { hex: hex(value) } : value;

const revive = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'hex' in value
    ? new Uint8Array(Buffer.from(String(value.hex), 'hex'))
    : value;
