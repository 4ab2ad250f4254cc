import { concat, putU32 } from '../../../firmware/bytes.js';
import { ConsoleCommand } from '../../../firmware/console/codes.js';
import { syncCommand } from '../../../firmware/console/console.js';
import type { Identity } from '../../../firmware/console/identity.js';
import { Role } from '../../../firmware/objects/certificate.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { refusalName } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { ORDINARY } from '../../../sim/world/town.js';
import { type ConsoleClient, hex } from './client.js';
import type { Given, ProvisioningStation } from './provisioning-station.js';

export interface ProvisionOptions {
  readonly name: string;
  /** Minor units: paid into the account, and loaded as notes. */
  readonly amount: number;
  readonly currency: string;
  readonly category: number;
  readonly pin?: string;
}

export interface Provisioned {
  readonly id: Uint8Array;
  /** Undefined when an earlier run has brought the certificate. */
  readonly account: number | undefined;
  /** Whether an earlier run had got as far as the certificate. */
  readonly carriedOn: boolean;
  readonly puk: string | undefined;
}

/** Something in the way that the user can be told. */
export class ProvisionError extends Error {}

const PROOF_BYTES = 64;
const PUK_DIGITS = 8;
/** Signatures and flash on the device's side. */
const STEP_MS = 20_000;
const SYNC_TRIES = 3;

/**
 * Makes a blank device a wallet: keys made on it, a certificate, a first sync that brings notes. Can be run
 * again wherever it was cut off: keys stay the same, and a device that has its certificate goes on with the
 * sync.
 */
export async function provision(
  client: ConsoleClient,
  station: ProvisioningStation,
  options: ProvisionOptions,
  tell: (line: string) => void,
): Promise<Provisioned> {
  const identity = await client.identify();
  if (identity.lifecycle !== Lifecycle.blank && identity.lifecycle !== Lifecycle.personalised)
    throw new ProvisionError('this device is somebody’s wallet already. Only a blank one is provisioned.');
  await exchange(client, buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
  const begun =
    identity.lifecycle === Lifecycle.blank
      ? await personalise(client, station, options, tell)
      : resumed(identity);
  await firstSync(client, station, tell);
  return begun;
}

function resumed(identity: Identity): Provisioned {
  return { id: identity.deviceId!, account: undefined, carriedOn: true, puk: undefined };
}

async function personalise(
  client: ConsoleClient,
  station: ProvisioningStation,
  options: ProvisionOptions,
  tell: (line: string) => void,
): Promise<Provisioned> {
  const { pin, currency } = options;
  const puk = pin === undefined ? undefined : randomDigits(PUK_DIGITS);
  if (pin !== undefined) await exchange(client, buildCommand(Ins.setPin, ascii(`${puk}${pin}`)));
  const keys = await exchange(client, buildCommand(Ins.makeKeys, ascii(currency)));
  const signingKey = keys.slice(0, 32);
  tell(`keys made on the device; public: ${hex(signingKey)}`);
  const earlier = station.pending(signingKey);
  const given = earlier ?? (await enrol(client, station, keys, options));
  if (!earlier) station.keep(signingKey, given);
  const { id, root, time_s, profile, certificate, operators } = given.personalisation;
  tell(
    `the bank has certified it as ${hex(id)}, account ${given.account}${earlier ? ', in an earlier run' : ''}`,
  );
  const time = new Uint8Array(4);
  putU32(time, 0, time_s);
  const data = concat(root, time, profile, certificate, ...operators);
  await exchange(client, buildCommand(Ins.personalise, data));
  station.forget(signingKey);
  tell('certificate, profile, operators, root and time are on the device');
  return { id, account: given.account, carriedOn: earlier !== undefined, puk };
}

async function enrol(
  client: ConsoleClient,
  { bank }: ProvisioningStation,
  keys: Uint8Array,
  { name, amount, category }: ProvisionOptions,
): Promise<Given> {
  const challenge = await bank.challenge();
  const proof = await exchange(client, buildCommand(Ins.prove, challenge));
  if (proof.length !== PROOF_BYTES) throw new ProvisionError('the device gave no proof that it has its key');
  const account = await bank.createAccount(1, name);
  const personalisation = await bank.enrol({
    account,
    signingKey: keys.slice(0, 32),
    agreementKey: keys.slice(32),
    challenge,
    proof,
    role: category === 0 ? Role.person : Role.merchant,
    category,
    tier: 1,
    limits: ORDINARY,
  });
  // Before the device has its certificate: from then on a sync may come at any time, and the notes are for
  // it.
  if (amount > 0) {
    await bank.deposit(account, amount);
    await bank.load(account, personalisation.id, amount);
  }
  return { account, personalisation };
}

/** The bank's messages go through; what is in them is between the two. A sync that is torn begins again. */
async function firstSync(
  client: ConsoleClient,
  station: ProvisioningStation,
  tell: (line: string) => void,
): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      const line = station.bank.openSync();
      let message: Uint8Array = new Uint8Array(0);
      let messages = 0;
      do {
        const ours = await exchange(client, syncCommand(message));
        messages++;
        if (ours.length === 0) break;
        message = await line.step(ours);
      } while (messages < 1_000);
      const { lifecycle } = await client.identify();
      if (lifecycle !== Lifecycle.active) throw new ProvisionError('the device has not taken the sync');
      tell(`first sync done, ${messages} messages`);
      return;
    } catch (error) {
      if (turn === SYNC_TRIES) throw error;
      const { lifecycle } = await client.identify();
      if (lifecycle === Lifecycle.active) return;
      tell(`sync torn (${(error as Error).message}), once more`);
    }
  }
}

/** The data of an answer; throws ProvisionError when its status word is not 9000. */
async function exchange(client: ConsoleClient, apdu: Uint8Array): Promise<Uint8Array> {
  const response = await client.ask(ConsoleCommand.provision, apdu, { timeout_ms: STEP_MS });
  const end = response.length - 2;
  const status = (response[end] << 8) | response[end + 1];
  if (status === StatusWord.ok) return response.slice(0, end);
  const why = end === 1 ? `: ${refusalName(response[0])}` : '';
  throw new ProvisionError(
    `the device refuses step ${apdu[1].toString(16)} with ${status.toString(16)}${why}`,
  );
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function randomDigits(count: number): string {
  const random = crypto.getRandomValues(new Uint32Array(count));
  return [...random].map((word) => word % 10).join('');
}
