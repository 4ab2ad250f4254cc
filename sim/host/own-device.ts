import { AccountCertificate, PSEUDONYM_BYTES } from '../../firmware/account/account-certificate.js';
import { type Applications, Device, type NfcChip } from '../../firmware/app/device.js';
import { getU32 } from '../../firmware/bytes.js';
import { Lifecycle } from '../../firmware/payment/lifecycle.js';
import { YEAR_S } from '../../firmware/selftest/test-issuer.js';
import type { Notice, UserActions } from '../../firmware/ui/user-interface.js';
import { crc32 } from '../../hal/crc32.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Flash } from '../../hal/flash.js';
import { type NfcCard, NfcError, type NfcReader } from '../../hal/nfc.js';
import type { Prompt } from '../../hal/presence.js';
import { seededKey } from '../account/seeded-key.js';
import { exchange } from '../device/contacts.js';
import { ORDINARY } from '../world/ordinary.js';
import { TestBank } from '../world/test-bank.js';
import { nodeClock } from './node-clock.js';
import { nodeEntropy } from './node-entropy.js';

/** A device that has a card's half of a front end only, or a reader's. */
export const NO_CARD: NfcCard = { listen() {}, stop: (done) => void setImmediate(done) };
export const NO_READER: NfcReader = {
  connect: (_timeout_ms, done) => void setImmediate(done, noReader()),
  transceive: (_command, done) => void setImmediate(done, noReader(), new Uint8Array(0)),
  release: (done) => void setImmediate(done, undefined),
};
const noReader = (): NfcError => new NfcError('link', 'this device has no reader');

export interface OwnDeviceOptions {
  readonly flash: Flash;
  /** Called when there is a wallet to serve. */
  createChip(entropy: Entropy): NfcChip;
  /** What the device tells its owner. */
  onNotice(notice: Notice, amount: number | undefined): void;
  /** It asks its owner about a payment. */
  onPrompt(prompt: Prompt): void;
}

export interface PracticeHolder {
  /** Minor units, in one note; 0 for none. */
  readonly amount: number;
  /** Merchant category; 0: a person. */
  readonly category: number;
}

/** The firmware as it is on a board, in this process and in real time, on whatever front end it is given. */
export class OwnDevice {
  /** The payment that the owner is asked about. */
  prompt: Prompt | undefined;
  owner: UserActions | undefined;
  readonly firmware: Device;

  constructor({ flash, createChip, onNotice, onPrompt }: OwnDeviceOptions) {
    this.firmware = new Device({
      flash,
      clock: nodeClock,
      entropy: nodeEntropy,
      crypto: opensslCrypto,
      crc32,
      ui: {
        show: (prompt) => {
          this.prompt = prompt;
          if (prompt) onPrompt(prompt);
        },
        press() {},
        attach: (owner) => {
          this.owner = owner;
        },
        notify: onNotice,
      },
      createChip,
    });
  }

  /** Undefined where the flash holds no wallet that may be touched. */
  get applications(): Applications<NfcChip> | undefined {
    return this.firmware.applications;
  }

  /**
   * Makes a blank device a wallet of the practice bank, whose keys anybody can make: each program that runs
   * this is that bank, so that their wallets pay each other, with money that is worth nothing. It has an
   * account at that bank's platform, too.
   */
  practise({ amount, category }: PracticeHolder): void {
    const { wallet, card } = this.applications!;
    if (wallet.lifecycle !== Lifecycle.blank) return;
    const now_s = Math.floor(Date.now() / 1_000);
    const bank = new TestBank(opensslCrypto, now_s, { seed: PRACTICE_SEED, ids: nodeEntropy });
    const contacts = { exchange: (command: Uint8Array) => exchange(card, command), wallet };
    bank.enrol(contacts, { limits: ORDINARY, category });
    card.onDeactivated('removed');
    if (amount > 0) bank.settle(wallet, bank.notes(wallet, [amount]));
    wallet.codes.take(practiceAccount(wallet.publicKey, now_s));
    wallet.idle();
  }
}

const PRACTICE_SEED = 1;
/** What the certificate of a practice account is good for, minor units. */
const PRACTICE_QUOTA = 100_000;

const platformKey = (): Uint8Array => seededKey(opensslCrypto, PRACTICE_SEED, 'platform');

/** Ed25519 public key (32 bytes) of the platform where practice wallets have accounts, which nobody bills. */
export const practicePlatformKey = (): Uint8Array => platformKey().slice(32);

/** The certificate of an account for the device with that public key. */
function practiceAccount(publicKey: Uint8Array, now_s: number): Uint8Array {
  const drawn = new Uint8Array(PSEUDONYM_BYTES + 4);
  nodeEntropy.fill(drawn);
  return AccountCertificate.build(opensslCrypto, platformKey(), {
    pseudonym: drawn.subarray(0, PSEUDONYM_BYTES),
    publicKey,
    notBefore_s: now_s,
    notAfter_s: now_s + YEAR_S,
    quota: PRACTICE_QUOTA,
    tier: 0,
    scene: 0,
    serial: getU32(drawn, PSEUDONYM_BYTES),
  }).bytes;
}
