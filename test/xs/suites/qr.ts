/** QR codes as the chip draws them, module by module those of the simulator. */
import { isDark, QR_VERSION_MAX, type QrEncoder, sideOf } from '../../../hal/qr.js';
import { ascii, same, throws, toHex } from '../check.js';
import type { Suite } from '../suite.js';

export interface QrInput {
  readonly texts: readonly string[];
  /** What the simulator draws of each, in hex. */
  readonly drawn: readonly string[];
}

/** Level M of the largest version holds so many characters: ISO/IEC 18004, table 7. */
const CHARACTERS_MAX = 419;

export const suite: Suite<QrInput> = ({ qr }, { texts, drawn }) => [
  {
    name: 'the codes of accounts are drawn as in the simulator, to the module',
    run: () => {
      texts.forEach((text, i) => void same(toHex(qr(ascii(text))), drawn[i], text));
    },
  },
  {
    name: 'a code has the patterns by which it is found',
    run: () => {
      for (const text of texts) {
        const modules = qr(ascii(text));
        const last = sideOf(modules) - 1;
        for (let i = 0; i < 7; i++)
          for (const [x, y] of [
            [i, 0],
            [last - i, 0],
            [0, last - i],
          ])
            same(isDark(modules, x, y), true, `${x}, ${y}`);
      }
    },
  },
  {
    name: 'what is no alphanumeric text, and what is too long, is refused',
    run: () => {
      same(sideOf(qr(ascii('0'.repeat(CHARACTERS_MAX)))), 4 * QR_VERSION_MAX + 17);
      for (const text of ['', 'a', 'TN1:\u00e9', 'TN1:\0', 'A\n', '0'.repeat(CHARACTERS_MAX + 1)])
        throws(RangeError, () => qr(ascii(text)), `${text.length} characters`);
      throws(RangeError, () => qr(ascii('0'.repeat(10_000))), 'a long text');
    },
  },
];

/** What the suite compares with. */
export const recordDrawn = (qr: QrEncoder, texts: readonly string[]): string[] =>
  texts.map((text) => toHex(qr(ascii(text))));
