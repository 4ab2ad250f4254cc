import { concat, u32 } from '../../firmware/bytes.js';
import { buildCommand, Ins } from '../../firmware/protocol/apdu.js';
import type { Enrolment } from '../bank/accounts/enrol.js';
import type { Bank } from '../bank/bank.js';
import { expectOk } from '../device/contacts.js';
import { ORDINARY_TIER } from './ordinary.js';
import { ascii } from './test-bank.js';

export interface PersonaliseOptions
  extends Pick<Enrolment, 'account' | 'role' | 'category' | 'place' | 'limits'> {
  /** Strength of the identity; the ordinary one when left out. */
  readonly tier?: number;
  readonly currency: string;
  readonly now_s: number;
}

/** Makes a blank device that is selected a wallet of `bank`. Returns its id, 8 bytes. */
export async function personaliseFor(
  bank: Pick<Bank, 'challenge' | 'enrol'>,
  exchange: (command: Uint8Array) => Uint8Array,
  { currency, now_s, tier = ORDINARY_TIER, ...holder }: PersonaliseOptions,
): Promise<Uint8Array> {
  const say = (ins: number, data: Uint8Array): Uint8Array => expectOk(exchange(buildCommand(ins, data)));
  const keys = say(Ins.makeKeys, ascii(currency));
  const challenge = await bank.challenge();
  const { id, root, profile, certificate, operators } = await bank.enrol({
    ...holder,
    signingKey: keys.slice(0, 32),
    challenge,
    proof: say(Ins.prove, challenge),
    tier,
  });
  const time = u32(now_s);
  say(Ins.personalise, concat(root, time, profile, certificate, ...operators));
  return id;
}
