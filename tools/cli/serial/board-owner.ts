import { AMOUNT_MAX } from '../../../firmware/limits.js';
import type { UserActions } from '../../../firmware/ui/user-interface.js';
import type { Prompt } from '../../../hal/presence.js';

export const OWNER_HELP =
  'The owner of a simulated board is at standard input: "ask AMOUNT" (minor units), "tag", "press", "no", "cancel".';
/** Of two boards. */
export const PAIR_HELP =
  'With --pair, "other" before it is said by the owner of the second; "apart" and "together" move the boards.';

/** A device that has an owner here. */
export interface Owned {
  readonly owner: UserActions | undefined;
  readonly prompt: Prompt | undefined;
}

/** Does what a line says. Undefined when done, else what is wrong with it. */
export function actAsOwner({ owner, prompt }: Owned, line: string): string | undefined {
  const [word, amount, ...rest] = line.trim().split(/\s+/);
  const isAlone = amount === undefined;
  if (word === 'press' && isAlone) return prompt ? void owner?.onConsent(prompt) : 'nothing is asked';
  if (word === 'tag' && isAlone) return void owner?.onTag();
  if (word === 'no' && isAlone) return void owner?.onDecline();
  if (word === 'cancel' && isAlone) return void owner?.onCancel();
  if (word === 'ask' && rest.length === 0 && /^[1-9]\d*$/.test(amount) && Number(amount) <= AMOUNT_MAX)
    return void owner?.onAsk(Number(amount));
  return `not understood: ${JSON.stringify(line.slice(0, 40))}. ${OWNER_HELP}`;
}
