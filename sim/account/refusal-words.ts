import { CodeRefusal } from '../../firmware/account/decision.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { codeName } from '../code-name.js';
import { inWords, texts } from '../texts/language.js';

/** Whatever a terminal may say of a code, by its number on the wire. */
export const CODE_REFUSALS = { ...Refusal, ...CodeRefusal };
export type CodeRefusalName = keyof typeof CODE_REFUSALS;

/** What each refusal of a code means, by its number. */
const CODE_REFUSAL_WORDS: Readonly<Record<number, string>> = texts({
  [Refusal.malformed]: 'it is no code of an account, or not only that',
  [Refusal.operator]: 'it is of a platform that this terminal does not know',
  [Refusal.certificate]: 'the platform has not signed its certificate',
  [Refusal.signature]: 'the user whom the certificate names has not signed it',
  [Refusal.certificateExpired]: 'its certificate has run out',
  [Refusal.hotListed]: 'its certificate is on the deny list',
  [Refusal.mismatch]: 'it is for another amount',
  [Refusal.paymentLimit]: 'too much for one payment at this terminal',
  [Refusal.counterparty]: 'this user has paid too much, or too often, at this terminal',
  [Refusal.dayLimit]: 'this user has paid too much here on one day',
  [Refusal.balanceLimit]: 'the terminal has taken too much since its last sync',
  [Refusal.offlineCount]: 'the terminal has taken too many payments since its last sync',
  [Refusal.offlineDuration]: 'the terminal has not synced for too long',
  [Refusal.full]: 'the terminal has no room for another bill or another user: it must upload first',
  [Refusal.tierLimit]: 'too much for how well the platform knows the user',
  [Refusal.stopped]: 'a bill in the terminal does not read any more: it takes no other',
  [Refusal.unwritable]: 'the terminal’s flash takes nothing any more',
  [Refusal.unreadable]: 'that bill does not read any more',
  [Refusal.order]: 'the terminal is about another payment',
  [Refusal.notSold]: 'there is no such bill here, or not so much is left of it',
  [CodeRefusal.clock]: 'the terminal’s clock is behind its last sync',
  [CodeRefusal.ahead]: 'the user’s clock is too far ahead of the terminal’s',
  [CodeRefusal.stale]: 'it was made too long ago: a fresh one is needed',
  [CodeRefusal.early]: 'its certificate does not hold yet',
  [CodeRefusal.scene]: 'its certificate does not hold in this scene',
  [CodeRefusal.tier]: 'the user’s identity is too weak for this terminal',
  [CodeRefusal.notListed]: 'its certificate is not on the whitelist',
  [CodeRefusal.seen]: 'it, or a later one of this user, was taken before',
  [CodeRefusal.quota]: 'more than its certificate is good for',
  [CodeRefusal.sealed]: 'it is sealed to another site, or its seal is broken',
  [CodeRefusal.unrecognised]: 'the recogniser does not know the face, or is not sure enough',
  [CodeRefusal.faceLimit]: 'more than may be paid by a face alone',
  [CodeRefusal.noFaces]: 'this terminal takes no faces: it is not of a closed site with a recogniser',
  [CodeRefusal.unpriced]: 'its certificate is for essentials, and the user has signed no amount',
  [CodeRefusal.passback]: 'its user has just gone in here, and not out',
});

/** By its number; undefined for what is none. */
export const codeRefusalText = (refusal: number): string | undefined =>
  CODE_REFUSAL_WORDS[refusal] && inWords(CODE_REFUSAL_WORDS[refusal]);

/** "payment-limit", by its number. */
export const codeRefusalName = (refusal: number): string => codeName(CODE_REFUSALS, refusal) ?? `${refusal}`;

/** As users look it up: "code-payment-limit". */
export const codeRefusalCode = (refusal: number): string => `code-${codeRefusalName(refusal)}`;

export const codeRefusalWords = (refusal: number): string =>
  codeRefusalText(refusal) ?? codeRefusalName(refusal);
