import { TagFault } from '../../firmware/tag/tag-fault.js';
import { inWords, texts } from '../texts/language.js';

/** What each fault of a tag means. */
const FAULT_WORDS: Readonly<Record<TagFault, string>> = texts({
  [TagFault.noNdef]: 'it has no NDEF message',
  [TagFault.mapping]: 'its memory is of another version of NDEF’s mapping',
  [TagFault.readProtected]: 'it may not be read without a key',
  [TagFault.cut]: 'a length in it goes beyond its end',
  [TagFault.tooLong]: 'its message, or what stands before it, is longer than a wallet reads',
  [TagFault.empty]: 'its message is empty',
  [TagFault.record]: 'its message is not of records of NDEF',
  [TagFault.chunk]: 'the chunks of a record in it do not follow on one another',
  [TagFault.foreign]: 'it has records, and none of them shows a payee',
  [TagFault.several]: 'it shows more than one payee',
  [TagFault.malformed]: 'what it shows is no payee tag, to the byte',
  [TagFault.certificate]: 'no operator that is known here has certified the payee',
  [TagFault.certificateExpired]: 'the payee’s certificate, or its operator’s endorsement, has run out',
  [TagFault.hotListed]: 'the payee is on the hot list',
  [TagFault.signature]: 'the payee has not signed it',
  [TagFault.expired]: 'the tag has run out',
  [TagFault.currency]: 'it asks for another currency',
});

export type TagFaultName = keyof typeof TagFault;

/** By its number. */
export const tagFaultWords = (fault: TagFault): string => inWords(FAULT_WORDS[fault]);
