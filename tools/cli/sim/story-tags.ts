import { TagFault } from '../../../firmware/tag/tag-fault.js';
import type { TagEvent, TapEvent } from '../../../sim/scenario/events.js';
import { tagFaultWords } from '../../../sim/tag/fault-words.js';
import { t } from '../../../sim/texts/language.js';

/** What a line says of a passive tag, and whether it is as it should be. */
interface TagWords {
  readonly subject: string;
  readonly words: string;
  readonly isGood: boolean;
}

export function tagWords(event: TagEvent | TapEvent): TagWords {
  if (event.kind === 'tap') return { subject: t`${event.who} taps the tag at ${event.at}`, ...shown(event) };
  const { at, by, label } = event;
  const isGood = by === at;
  const signed = isGood ? t`signed by its device` : t`signed by ${by}`;
  return { subject: t`a tag hangs at ${at}`, words: labelled(label, signed), isGood };
}

function shown({ payee, label, refused }: TapEvent): Omit<TagWords, 'subject'> {
  if (payee !== undefined) return { words: labelled(label, t`it shows ${payee}`), isGood: true };
  if (refused === undefined) return { words: t`not read to its end`, isGood: false };
  const why = `tag-${refused} (${tagFaultWords(TagFault[refused])})`;
  return { words: t`refused: ${why}`, isGood: false };
}

/** With what it is for, as its payee says. */
const labelled = (label: string, words: string): string => (label === '' ? words : `${words}, ${label}`);
