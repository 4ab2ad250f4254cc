import type { Fault } from '../../../firmware/terminal/link.js';
import { t } from '../../../sim/texts/language.js';
import { faultWords } from '../../../sim/words.js';

/** A wait for a card is cut into looks of so long. */
export const LOOK_MS = 1_000;

/** Nothing has come into the field: no news, where nothing was there before. */
export const isNobody = (fault: Fault | undefined): boolean =>
  fault?.kind === 'nfc' && fault.error.code === 'timeout';

/** Why a touch was torn. */
export function tornWords(fault: Fault | undefined): string {
  if (fault?.kind === 'status') return t`torn: the card answers ${fault.status.toString(16)}`;
  const code = fault?.kind === 'nfc' ? `${fault.error.code}, ${fault.error.message}` : (fault?.kind ?? '');
  return t`torn: ${faultWords(code)}`;
}
