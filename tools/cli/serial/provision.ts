import { concat, u32 } from '../../../firmware/bytes.js';
import { ConsoleCommand } from '../../../firmware/console/codes.js';
import { type Identity, NO_WALLET } from '../../../firmware/console/identity.js';
import { Role } from '../../../firmware/objects/certificate.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { buildCommand, Ins, SELECT_APPLICATION } from '../../../firmware/protocol/apdu.js';
import { refusalName } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import type { Personalisation } from '../../../sim/bank/accounts/enrol.js';
import { hex } from '../../../sim/bank/bytes.js';
import { instructionName } from '../../../sim/words.js';
import { ORDINARY, ORDINARY_TIER } from '../../../sim/world/ordinary.js';
import { limitsOfTier } from '../../../sim/world/tiers.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { ConsoleClient } from './client.js';
import type { Bank, Kept, ProvisioningStation } from './station.js';
import { carrySync } from './sync.js';

export interface ProvisionOptions {
  readonly name: string;
  /** Minor units: paid into the account, and loaded as notes. */
  readonly amount: number;
  /** As a check: a wallet has the currency of its bank. */
  readonly currency?: string;
  readonly category: number;
  /** Strength of the owner's identity, with the limits of that tier; the ordinary ones when left out. */
  readonly tier?: number;
  /** Where it stands, for money that is bound to a place; nowhere when left out. */
  readonly place?: number;
  /** One that there is already, for another device of it; a new one otherwise. */
  readonly account?: number;
  /** Of somebody who is not registered: whoever gives it is paid what the device takes. */
  readonly password?: string;
  readonly pin?: string;
}

export interface Provisioned {
  readonly id: Uint8Array;
  readonly account: number | undefined;
  /** Where this run found the device. `active`: there was nothing left to do. */
  readonly began: 'blank' | 'personalised' | 'active';
  /** Of the PIN that this run or an earlier one has set. */
  readonly puk: string | undefined;
  /** By which its record is forgotten, once the PUK has been told. */
  readonly signingKey: Uint8Array;
}

/** Something in the way that the user can be told. */
export class ProvisionError extends CliError {
  constructor(code: string, message: string) {
    super(Exit.violated, code, message);
  }
}

const PROOF_BYTES = 64;
const PUK_DIGITS = 8;
/** Signatures and flash on the device's side. */
const STEP_MS = 20_000;
const SYNC_TRIES = 3;

type Tell = (line: string) => void;

/**
 * Makes a blank device a wallet: keys made on it, a PIN, a certificate, a first sync that brings notes. Can
 * be run again wherever it was cut off: keys stay the same, the PUK is kept before the device gets it, and
 * what the bank has given is kept until the device has it.
 */
export async function provision(
  client: ConsoleClient,
  station: ProvisioningStation,
  options: ProvisionOptions,
  tell: Tell,
): Promise<Provisioned> {
  await station.probe();
  const identity = await client.identify();
  const { lifecycle, deviceId: id, publicKey } = identity;
  if (lifecycle === NO_WALLET)
    throw new ProvisionError(
      'no-wallet',
      `the flash of the device holds no wallet that may be touched. ${START_OVER}`,
    );
  const isBlank = lifecycle === Lifecycle.blank;
  const account = isBlank ? undefined : await ownAccount(station, id!);
  if (lifecycle === Lifecycle.blank || lifecycle === Lifecycle.personalised) {
    await exchange(client, SELECT_APPLICATION);
    const begun = isBlank
      ? await personalise(client, station, identity, options, tell)
      : { id: id!, account };
    await firstSync(client, station, tell);
    return finished(station, begun, isBlank ? 'blank' : 'personalised', (await client.identify()).publicKey!);
  }
  return finished(station, { id: id!, account }, 'active', publicKey!);
}

const START_OVER =
  'To start over, erase the partition of its notes, with the money that is on it: ' +
  '`parttool.py erase_partition --partition-name notes`';

/** Throws ProvisionError for a device that another bank has certified. */
async function ownAccount(station: ProvisioningStation, id: Uint8Array): Promise<number> {
  const account = await station.bank.accountOf(id);
  if (account !== undefined) return account;
  const home = station.homeOf(id);
  const bank =
    home === undefined ? 'a bank that this computer has not provisioned it for' : `the bank at ${home}`;
  throw new ProvisionError(
    'other-bank',
    `device ${hex(id)} is a wallet of ${bank}, not of ${station.where}. ${START_OVER}`,
  );
}

/** Throws CliError when another was expected: a wallet of it could sync with nobody. */
async function ownCurrency(station: ProvisioningStation, { currency }: ProvisionOptions): Promise<string> {
  const own = await station.currency();
  if (currency === undefined || currency === own) return own;
  throw new CliError(
    Exit.usage,
    'currency',
    `--currency ${currency}: the bank at ${station.where} is one of ${own}, and so are its wallets`,
  );
}

function finished(
  station: ProvisioningStation,
  { id, account }: Pick<Provisioned, 'id' | 'account'>,
  began: Provisioned['began'],
  signingKey: Uint8Array,
): Provisioned {
  const puk = station.kept(signingKey)?.puk;
  station.settled(id);
  return { id, account, began, puk, signingKey };
}

async function personalise(
  client: ConsoleClient,
  station: ProvisioningStation,
  { hasPin }: Identity,
  options: ProvisionOptions,
  tell: Tell,
): Promise<Pick<Provisioned, 'id' | 'account'>> {
  const currency = await ownCurrency(station, options);
  const keys = await exchange(client, buildCommand(Ins.makeKeys, ascii(currency)));
  const signingKey = keys.slice(0, 32);
  tell(`keys made on the device; public: ${hex(signingKey)}`);
  let kept = station.kept(signingKey) ?? {};
  const keep = (more: Kept): void => {
    kept = { ...kept, ...more };
    station.keep(signingKey, kept);
  };
  await setPin(client, hasPin, options.pin, kept.puk, keep, tell);
  const earlier = kept.personalisation !== undefined ? ', in an earlier run' : '';
  const { account, personalisation } = await enrol(client, station.bank, keys, options, kept, keep);
  const { id, root, time_s, profile, certificate, operators } = personalisation;
  tell(`the bank has certified it as ${hex(id)}, account ${account}${earlier}`);
  const time = u32(time_s);
  const data = concat(root, time, profile, certificate, ...operators);
  await exchange(client, buildCommand(Ins.personalise, data));
  tell('certificate, profile, operators, root and time are on the device');
  return { id, account };
}

/**
 * The PUK is kept and shown before the device has it: whatever happens then, its owner can unlock the PIN.
 */
async function setPin(
  client: ConsoleClient,
  hasPin: boolean,
  pin: string | undefined,
  earlierPuk: string | undefined,
  keep: (more: Kept) => void,
  tell: Tell,
): Promise<void> {
  if (pin === undefined) {
    if (hasPin) tell('a PIN that was on the device is taken away: this run sets none');
    if (hasPin) await exchange(client, buildCommand(Ins.setPin, new Uint8Array(0)));
    if (earlierPuk !== undefined) keep({ puk: undefined });
    return;
  }
  const puk = earlierPuk ?? randomDigits(PUK_DIGITS);
  keep({ puk });
  tell(`PUK: ${puk} (write it down: the device does not tell it)`);
  if (hasPin) tell('a PIN that was on the device is replaced');
  await exchange(client, buildCommand(Ins.setPin, ascii(`${puk}${pin}`)));
}

/** What an earlier run has got from the bank is not asked for again. */
async function enrol(
  client: ConsoleClient,
  bank: Bank,
  signingKey: Uint8Array,
  { name, amount, category, tier, place, account: given, password }: ProvisionOptions,
  kept: Kept,
  keep: (more: Kept) => void,
): Promise<{ account: number; personalisation: Personalisation }> {
  const wanted =
    kept.account ?? given ?? (await bank.createAccount(1, name, password === undefined ? {} : { password }));
  keep({ account: wanted });
  const personalisation =
    kept.personalisation ??
    (await bank.enrol({
      account: wanted,
      signingKey,
      ...(await proofOfPossession(client, bank)),
      role: category === 0 ? Role.person : Role.merchant,
      category,
      tier: tier ?? ORDINARY_TIER,
      place: place ?? 0,
      limits: tier === undefined ? ORDINARY : limitsOfTier(tier),
    }));
  // A key that asks again, since the answer was lost, is given what it was given before: of that account.
  const { account } = personalisation;
  keep({ account, personalisation });
  // Before the device has its certificate: from then on a sync may come at any time, and the notes are for
  // it.
  await fund(bank, account, personalisation.id, amount);
  return { account, personalisation };
}

/** The account was made for this device: what is in it, or loaded already, an earlier run has brought. */
async function fund(bank: Bank, account: number, id: Uint8Array, amount: number): Promise<void> {
  const { available, offline } = await bank.balance(account);
  if (amount === 0 || offline > 0) return;
  if (available < amount) await bank.deposit(account, amount - available);
  await bank.load(account, id, amount);
}

async function proofOfPossession(
  client: ConsoleClient,
  bank: Bank,
): Promise<{ challenge: Uint8Array; proof: Uint8Array }> {
  const challenge = await bank.challenge();
  const proof = await exchange(client, buildCommand(Ins.prove, challenge));
  if (proof.length === PROOF_BYTES) return { challenge, proof };
  throw new ProvisionError('no-proof', 'the device gave no proof that it has its key');
}

/** A sync that is torn begins again. */
async function firstSync(client: ConsoleClient, station: ProvisioningStation, tell: Tell): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      const messages = await carrySync(client, station.bank.openSync());
      const { lifecycle } = await client.identify();
      if (lifecycle !== Lifecycle.active)
        throw new ProvisionError('sync-not-taken', 'the device has not taken the sync');
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
  if (status === StatusWord.noEntropy)
    throw new ProvisionError(
      'no-entropy',
      'the random source of the device gives nothing. Run `tapnote doctor`',
    );
  const why = end === 1 ? `: ${refusalName(response[0])}` : '';
  throw new ProvisionError(
    'step-refused',
    `the device refuses ${instructionName(apdu[1])} with ${status.toString(16)}${why}`,
  );
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function randomDigits(count: number): string {
  const random = crypto.getRandomValues(new Uint32Array(count));
  return [...random].map((word) => word % 10).join('');
}
