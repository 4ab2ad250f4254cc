import { Operator } from '../../../firmware/objects/operator.js';
import { admitPayee, type PayeeTag, type TagReaderView } from '../../../firmware/tag/payee-tag.js';
import { Trust } from '../../../firmware/trust/trust.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { NO_CARD, NO_READER } from '../../../sim/host/own-device.js';
import { CliError } from '../cli-error.js';
import { publicKey } from '../files/public-key.js';
import { readUserFile } from '../files/user-file.js';
import { type DeviceFlags, deviceAtHand } from '../front-ends/device-at-hand.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { tagError } from './tag-words.js';

const ENDORSEMENT_BYTES_MAX = 1_024;

export interface CheckFlags extends DeviceFlags {
  /** The root's public key, and a file with the endorsement of the payee's operator. */
  readonly root?: string;
  readonly endorsement?: string;
  /** Unix time at which it is looked at. */
  readonly time?: number;
}

/** As a wallet decides; throws CliError with why not. */
export function checkPayee(out: Output, where: string, tag: PayeeTag, flags: CheckFlags): void {
  const admitted = view(out, tag, flags, (seen) => admitPayee(tag, seen));
  if (typeof admitted === 'number') throw tagError(where, admitted);
}

/** What is known of operators: by the root's key and an endorsement, or by a wallet. */
function view<T>(out: Output, tag: PayeeTag, flags: CheckFlags, work: (seen: TagReaderView) => T): T {
  const { root, endorsement, time } = flags;
  if (root !== undefined || endorsement !== undefined) {
    const trust = trustIn(root, endorsement);
    // A checker without a wallet has no currency of its own.
    return work({ crypto, trust, currency: tag.currency, own_s: time ?? Math.floor(Date.now() / 1_000) });
  }
  const atHand = deviceAtHand(out, () => ({ card: NO_CARD, reader: NO_READER }), flags);
  try {
    const { wallet } = atHand;
    const { trust, currency } = wallet;
    return work({ crypto, trust, currency, own_s: time ?? wallet.own_s });
  } finally {
    atHand.close();
  }
}

function trustIn(root: string | undefined, endorsement: string | undefined): Trust {
  if (root === undefined || endorsement === undefined)
    throw new CliError(Exit.usage, 'tag-trust', '--root and --endorsement are of use together only');
  const key = publicKey('root', root, 'tapnote bank serve');
  const operator = Operator.parse(readUserFile(endorsement, ENDORSEMENT_BYTES_MAX));
  if (!operator?.verify(crypto, key))
    throw new CliError(Exit.violated, 'tag-root', `${endorsement}: not an endorsement by this root`);
  const trust = new Trust(crypto, key);
  trust.addOperator(operator);
  return trust;
}
