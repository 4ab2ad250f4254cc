/**
 * What people read, in the languages that tapnote speaks. English stands where it is said; what it is in
 * Chinese stands in one table, `chinese.json`. `test/house/texts.test.ts` holds the two to each other.
 */
import chinese from './chinese.json' with { type: 'json' };

/** By ISO 639. */
export type Language = 'en' | 'zh';
/** What each calls itself. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' };

const CHINESE: Readonly<Record<string, string>> = chinese;

let spoken: Language = 'en';

export const language = (): Language => spoken;

/** From now on, in this process or worker. */
export function speak(wanted: Language): void {
  spoken = wanted;
}

/** The language of a locale, as in "zh_CN.UTF-8" (POSIX) or "zh-Hans" (BCP 47); English for any other. */
export const languageOf = (locale: string | undefined): Language =>
  locale !== undefined && /^zh\b/i.test(locale.replace('_', '-')) ? 'zh' : 'en';

/** A text of the table, which was written down with `texts`; others stay as they are. */
export const inWords = (english: string): string => (spoken === 'zh' && CHINESE[english]) || english;

/**
 * A text with values in it: t`paid in ${time}` has the key "paid in {1}". A translation may have its places
 * in another order.
 */
export function t(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | undefined)[]
): string {
  const key = strings.reduce((text, part, i) => `${text}{${i}}${part}`);
  return inWords(key).replace(/\{(\d+)\}/g, (_, place) => `${values[Number(place) - 1]}`);
}

/** Marks texts that are said later, by `inWords`. */
export const texts = <Texts extends object>(table: Texts): Texts => table;
