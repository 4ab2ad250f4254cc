import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** SQL as a source file has it. What the program puts in at run time stands as HOLE. */
export interface SqlText {
  /** Under the folder that was read. */
  readonly file: string;
  readonly text: string;
}

/** An identifier, so that a text with a hole in it still has its shape. */
export const HOLE = 'hole_';
const VERBS = `select insert update delete merge with values create alter drop truncate reset show begin start
  commit rollback savepoint release checkpoint lock copy analyze vacuum listen notify declare fetch do call
  execute discard grant revoke`
  .split(/\s+/)
  .join('|');
const BEGINS = new RegExp(`^\\s*(?:(?:${VERBS})\\b|set\\s[\\w\\s]+(?:to|=))`);
/** One word may be anything, but where the engines are. */
const ONE_WORD = /^\w+$/;
const ENGINES = 'db/';

/**
 * Every string and template of the TypeScript under a folder that begins as a statement of SQL does, and
 * every constant that is put into one of these.
 */
export function sqlTextsUnder(folder: string): SqlText[] {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, source: parse(file, readFileSync(join(folder, file), 'utf8')) }));
  const parts = new Set<string>();
  const found: SqlText[] = [];
  for (const { file, source } of sources) {
    each(source, (node) => {
      const text = textOf(node);
      if (text === undefined || !BEGINS.test(text)) return;
      if (ONE_WORD.test(text) && !file.startsWith(ENGINES)) return;
      found.push({ file, text });
      if (ts.isTemplateExpression(node))
        for (const { expression } of node.templateSpans) parts.add(expression.getText());
    });
  }
  for (const { file, source } of sources) {
    each(source, (node) => {
      if (!ts.isVariableDeclaration(node) || !parts.has(node.name.getText()) || !node.initializer) return;
      const text =
        textOf(node.initializer) ??
        (ts.isTaggedTemplateExpression(node.initializer) ? textOf(node.initializer.template) : undefined);
      if (text !== undefined && !BEGINS.test(text)) found.push({ file, text });
    });
  }
  return found;
}

const parse = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('');
}
