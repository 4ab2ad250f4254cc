import { concat, getU32, sameBytes } from '../bytes.js';
import { CERTIFICATE_BYTES } from '../objects/certificate.js';
import { OPERATOR_BYTES } from '../objects/operator.js';
import { PROFILE_BYTES } from '../objects/profile.js';
import { isCurrency } from '../objects/sound.js';
import { Lifecycle } from '../payment/lifecycle.js';
import { answer, Ins } from '../protocol/apdu.js';
import { StatusWord } from '../protocol/status-word.js';
import type { Wallet } from '../wallet/wallet.js';

const PUK_BYTES = 8;
const ROOT_BYTES = 32;
const TIME_BYTES = 4;
const CHALLENGE_BYTES = 32;

/** "tapnote/2 enrol": what a proof of possession begins with. No signed object begins with a letter. */
const PROOF_DOMAIN = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x32, 0x20, 0x65, 0x6e, 0x72, 0x6f, 0x6c,
]);

/**
 * Makes a blank device somebody's. In clear, since there is nothing to hide yet; refused for good once there
 * is a certificate.
 */
export class PersonalisationApplet {
  constructor(private readonly wallet: Wallet) {}

  /** Undefined when the instruction is not for this applet. */
  handle(ins: number, data: Uint8Array): Uint8Array | undefined {
    const blank = this.wallet.lifecycle === Lifecycle.blank;
    switch (ins) {
      case Ins.makeKeys:
        return blank ? this.#makeKeys(data) : answer(StatusWord.wrongLifecycle);
      case Ins.prove:
        return blank ? this.#prove(data) : answer(StatusWord.wrongLifecycle);
      case Ins.personalise:
        return blank ? this.#personalise(data) : answer(StatusWord.wrongLifecycle);
      case Ins.setPin:
        return blank ? this.#setPin(data) : answer(StatusWord.wrongLifecycle);
      default:
        return undefined;
    }
  }

  /**
   * currency (3) -> Ed25519 public key (32). Asked again, the same key; for another currency, none.
   */
  #makeKeys(currency: Uint8Array): Uint8Array {
    if (!isCurrency(currency)) return answer(StatusWord.wrongData);
    if (!this.wallet.hasKeys) this.wallet.makeKeys(currency);
    if (!sameBytes(this.wallet.currency, currency)) return answer(StatusWord.wrongData);
    return answer(StatusWord.ok, this.wallet.publicKey);
  }

  /** challenge (32) -> Ed25519 signature (64) over "tapnote/2 enrol", the challenge and the public key. */
  #prove(challenge: Uint8Array): Uint8Array {
    if (!this.wallet.hasKeys) return answer(StatusWord.noSession);
    if (challenge.length !== CHALLENGE_BYTES) return answer(StatusWord.wrongData);
    const statement = concat(PROOF_DOMAIN, challenge, this.wallet.publicKey);
    return answer(StatusWord.ok, this.wallet.prove(statement));
  }

  /** root key (32), time (4), profile, certificate, operators. -> refusal (1) when there is one */
  #personalise(data: Uint8Array): Uint8Array {
    const profileAt = ROOT_BYTES + TIME_BYTES;
    const certificateAt = profileAt + PROFILE_BYTES;
    const operatorsAt = certificateAt + CERTIFICATE_BYTES;
    if (data.length <= operatorsAt || (data.length - operatorsAt) % OPERATOR_BYTES !== 0) {
      return answer(StatusWord.wrongLength);
    }
    const operators: Uint8Array[] = [];
    for (let at = operatorsAt; at < data.length; at += OPERATOR_BYTES) {
      operators.push(data.slice(at, at + OPERATOR_BYTES));
    }
    const why = this.wallet.personalise({
      root: data.slice(0, ROOT_BYTES),
      time_s: getU32(data, ROOT_BYTES),
      profile: data.slice(profileAt, certificateAt),
      certificate: data.slice(certificateAt, operatorsAt),
      operators,
    });
    return why === undefined ? answer(StatusWord.ok) : answer(StatusWord.wrongData, Uint8Array.of(why));
  }

  /** PUK (8), PIN: in the place of what somebody has set before. Nothing: no PIN. */
  #setPin(data: Uint8Array): Uint8Array {
    if (data.length === 0) {
      if (this.wallet.pin.set) this.wallet.pin.clear();
      return answer(StatusWord.ok);
    }
    const done = this.wallet.setPin(data.subarray(PUK_BYTES), data.subarray(0, PUK_BYTES));
    return answer(done ? StatusWord.ok : StatusWord.wrongData);
  }
}
