/** Texts that are nearly a code in Base45, which a strict reader tells from it. One seed is one sequence. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const PREFIX_CHARACTERS = 4;
/** A triple stands for two bytes: one that is larger by this is the same where overflow is cut off. */
const WRAPS = 65_536;

export type Random = (below: number) => number;

/** Whole numbers below a bound, by xorshift32. */
export function randomOf(seed: number): Random {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const withText = (text: string, at: number, put: string, instead: number): string =>
  text.slice(0, at) + put + text.slice(at + instead);

/** `text` with one to three faults in it. */
export function mutate(text: string, random: Random): string {
  let mutant = text;
  for (let faults = 1 + random(3); faults > 0; faults--)
    mutant = FAULTS[random(FAULTS.length)](mutant, random);
  return mutant;
}

const anyCharacter = (random: Random): string => ALPHABET[random(ALPHABET.length)];

const FAULTS: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => withText(text, random(text.length), anyCharacter(random), 1),
  (text, random) => withText(text, random(text.length), anyCharacter(random), 1),
  (text, random) => withText(text, random(text.length), String.fromCharCode(random(0x180)), 1),
  (text, random) => withText(text, random(text.length), '', 1),
  (text, random) => withText(text, random(text.length + 1), anyCharacter(random), 0),
  (text, random) => withText(text, random(text.length), '', random(8)),
  (text, random) => text + [' ', '\n', '0', '00', '\u0000'][random(5)],
  (text, random) => {
    const at = random(text.length - 1);
    return withText(text, at, text[at + 1] + text[at], 2);
  },
  (text, random) => {
    const at = random(text.length);
    return withText(text, at, text[at].toLowerCase(), 1);
  },
  wrapped,
];

/** One triple larger by 65,536, where three characters can say it. */
function wrapped(text: string, random: Random): string {
  const triples = Math.floor((text.length - PREFIX_CHARACTERS) / 3);
  const at = PREFIX_CHARACTERS + 3 * random(triples);
  const [a, b, c] = [0, 1, 2].map((i) => ALPHABET.indexOf(text[at + i] ?? ' '));
  const value = a + 45 * b + 2_025 * c + WRAPS;
  if (value >= 45 ** 3) return text;
  const put =
    ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45) % 45] + ALPHABET[Math.floor(value / 2_025)];
  return withText(text, at, put, 3);
}
