import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, fitted, fittedLine } from '../../tools/cli/output/text.js';
import { tapnote } from './run-cli.js';

const word = fc.stringMatching(/^[a-zé漢字Ω]{1,12}$/u);
const line = fc
  .tuple(
    fc.nat(6),
    fc.array(fc.tuple(word, fc.constantFrom(' ', ' ', '  ', '     '), fc.boolean()), { maxLength: 30 }),
  )
  .map(([margin, words]) => {
    const texts = words.map(([text, gap, isRed]) => (isRed ? `\u001b[31m${text}\u001b[39m` : text) + gap);
    return ' '.repeat(margin) + texts.join('');
  });

describe('a line that is too wide for its terminal', () => {
  it('becomes lines that fit, with every word and colour of it in order', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 30, max: 118 }), (text, width) => {
        const lines = fittedLine(text, width);
        for (const each of lines) expect(columnsOf(each)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });

  it('goes on under its last column', () => {
    const text = '09:15:09  Mei → Stall        12.50  paid in a time that is told at some length here';
    expect(fittedLine(text, 66)).toEqual([
      '09:15:09  Mei → Stall        12.50  paid in a time that is told at',
      '                                    some length here',
    ]);
  });

  it('is broken in a word only when the word alone is wider', () => {
    expect(fitted(`ab ${'x'.repeat(70)}`, 30).split('\n')).toEqual([
      'ab',
      'x'.repeat(30),
      'x'.repeat(30),
      'x'.repeat(10),
    ]);
  });

  it.each([[['--help']], [['sim', '--help']], [['provision', '--help']], [['sim', 'torn-touch']]])(
    'is told in 60 columns: tapnote %j',
    async (args) => {
      const { out, status } = await tapnote(args, { COLUMNS: '60' });
      expect(status).toBe(0);
      expect(out.split('\n').filter((each) => columnsOf(each) > 60)).toEqual([]);
    },
  );
});
