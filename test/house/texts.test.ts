import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { MACHINES } from '../../sim/page/state-machines.js';
import chinese from '../../sim/texts/chinese.json' with { type: 'json' };

const CHINESE: Readonly<Record<string, string>> = chinese;
const ROOT = new URL('../..', import.meta.url).pathname;
const HAN = /\p{Script=Han}/u;
const PLACE = /\{\d+\}/g;
/** What is an abbreviation in any language, or has no words. */
const SAME = new Set(['APDU {1} B', 'APDUs', '{1}, {2}{3}']);

/** The key of t`paid in ${time}`: "paid in {1}". */
function keyOf(template: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  return template.templateSpans.reduce(
    (key, { literal }, i) => `${key}{${i + 1}}${literal.text}`,
    template.head.text,
  );
}

/** The strings that a table holds: not its names. */
function stringsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isAsExpression(node)) return stringsOf(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(stringsOf);
  if (ts.isBinaryExpression(node)) return [stringsOf(node.left).join('') + stringsOf(node.right).join('')];
  if (!ts.isObjectLiteralExpression(node)) throw new Error(`no table: ${node.getText()}`);
  return node.properties.flatMap((each) => {
    if (!ts.isPropertyAssignment(each)) throw new Error(`no table: ${each.getText()}`);
    return stringsOf(each.initializer);
  });
}

/** Every text that a source says by `t`, or marks by `texts`. */
function textsIn(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(ROOT + file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
    file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 't') found.push(keyOf(node.template));
    if (ts.isCallExpression(node) && node.expression.getText() === 'texts')
      found.push(...node.arguments.flatMap(stringsOf));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'sim', 'tools'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && file !== 'sim/texts/language.ts');
const said = new Set([
  ...files.flatMap(textsIn),
  ...Object.values(MACHINES).flatMap(({ title, states }) => [
    title,
    ...Object.values(states as Record<string, { readonly words: string }>).map(({ words }) => words),
  ]),
]);

describe('what is said', () => {
  it('is all in the table', () => {
    expect([...said].filter((text) => /\p{L}/u.test(text) && !(text in CHINESE))).toEqual([]);
  });

  it('is all that is in the table', () => {
    expect(Object.keys(CHINESE).filter((text) => !said.has(text))).toEqual([]);
  });

  it.each(Object.entries(CHINESE))(
    'has its values in every language, and is Chinese: %s',
    (english, text) => {
      expect([...text.matchAll(PLACE)].map(String).sort()).toEqual(
        [...english.matchAll(PLACE)].map(String).sort(),
      );
      if (!SAME.has(english)) expect(text).toMatch(HAN);
    },
  );
});
