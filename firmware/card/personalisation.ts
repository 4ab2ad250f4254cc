import { CERTIFICATE_BYTES } from '../note/certificate.js';
import { OPERATOR_BYTES } from '../note/operator.js';
import { PROFILE_BYTES } from '../note/profile.js';
import { concat, getU32 } from '../note/shape.js';
import { Lifecycle } from '../wallet/lifecycle.js';
import type { Wallet } from '../wallet/wallet.js';
import { answer, Ins } from './apdu.js';
import { Status } from './status.js';

const CURRENCY_BYTES = 3;
const PUK_BYTES = 8;
const ROOT_BYTES = 32;
const TIME_BYTES = 4;
const CHALLENGE_BYTES = 32;

/** "tapnote/1 enrol": what a proof of possession begins with. No signed object begins with a letter. */
const PROOF_DOMAIN = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x31, 0x20, 0x65, 0x6e, 0x72, 0x6f, 0x6c,
]);

/** Makes a blank device somebody's. In clear, since there is nothing to hide yet; refused for good once there is a certificate. */
export class PersonalisationApplet {
  constructor(private readonly wallet: Wallet) {}

  /** Undefined when the instruction is not for this applet. */
  handle(ins: number, data: Uint8Array): Uint8Array | undefined {
    const blank = this.wallet.lifecycle === Lifecycle.blank;
    switch (ins) {
      case Ins.makeKeys:
        return blank ? this.#makeKeys(data) : answer(Status.wrongLifecycle);
      case Ins.prove:
        return blank ? this.#prove(data) : answer(Status.wrongLifecycle);
      case Ins.personalise:
        return blank ? this.#personalise(data) : answer(Status.wrongLifecycle);
      case Ins.setPin:
        return blank ? this.#setPin(data) : answer(Status.wrongLifecycle);
      default:
        return undefined;
    }
  }

  /** currency (3) -> Ed25519 public key (32), X25519 public key (32). Asked again, the same keys. */
  #makeKeys(currency: Uint8Array): Uint8Array {
    if (currency.length !== CURRENCY_BYTES) return answer(Status.wrongData);
    if (!this.wallet.hasKeys) this.wallet.makeKeys(currency);
    return answer(Status.ok, concat(this.wallet.publicKey, this.wallet.agreement.publicKey));
  }

  /** challenge (32) -> Ed25519 signature (64) over "tapnote/1 enrol", the challenge and both public keys. */
  #prove(challenge: Uint8Array): Uint8Array {
    if (!this.wallet.hasKeys) return answer(Status.noSession);
    if (challenge.length !== CHALLENGE_BYTES) return answer(Status.wrongData);
    const { publicKey, agreement } = this.wallet;
    const statement = concat(PROOF_DOMAIN, challenge, publicKey, agreement.publicKey);
    return answer(Status.ok, this.wallet.prove(statement));
  }

  /** root key (32), time (4), profile, certificate, operators. -> refusal (1) when there is one */
  #personalise(data: Uint8Array): Uint8Array {
    const profileAt = ROOT_BYTES + TIME_BYTES;
    const certificateAt = profileAt + PROFILE_BYTES;
    const operatorsAt = certificateAt + CERTIFICATE_BYTES;
    if (data.length <= operatorsAt || (data.length - operatorsAt) % OPERATOR_BYTES !== 0) {
      return answer(Status.wrongLength);
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
    return why === undefined ? answer(Status.ok) : answer(Status.wrongData, Uint8Array.of(why));
  }

  /** PUK (8), PIN: once. */
  #setPin(data: Uint8Array): Uint8Array {
    const done = this.wallet.setPin(data.subarray(PUK_BYTES), data.subarray(0, PUK_BYTES));
    return answer(done ? Status.ok : Status.wrongData);
  }
}
