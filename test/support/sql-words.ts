import type { PGlite } from '@electric-sql/pglite';

/** What a statement is made of, in lower case: `create table`, `sum`, `bytea`, `->>`. */
export interface SqlWords {
  readonly clauses: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
}

export type Kind = keyof SqlWords;
export const KINDS: readonly Kind[] = ['clauses', 'functions', 'types', 'operators'];

/** Words of PL/pgSQL that are none of SQL: its manual lists them, PostgreSQL has no table of them. */
const PLPGSQL = `alias assert constant debug diagnostics elsif elseif errcode exception exit foreach hint info
  log loop message notice open perform query raise record return reverse rowtype slice strict using warning
  while`.split(/\s+/);

/** PostgreSQL's own tables of its words, and the names of the bank's schema. */
export interface Vocabulary {
  readonly keywords: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  /** Of tables, columns, functions: a keyword among them is a name wherever no clause has it. */
  readonly own: ReadonlySet<string>;
}

/** `schema`: where the bank's tables are. */
export async function readVocabulary(pglite: PGlite, schema: string): Promise<Vocabulary> {
  const names = async (query: string): Promise<string[]> =>
    (await pglite.query<{ name: string }>(query)).rows.map(({ name }) => name);
  const types = await names(
    `select typname as name from pg_type t join pg_namespace n on n.oid = typnamespace
     where nspname = 'pg_catalog' and typtype in ('b', 'p') and typname !~ '^_'`,
  );
  return {
    keywords: new Set([...(await names('select word as name from pg_get_keywords()')), ...PLPGSQL]),
    functions: new Set(
      await names(`select proname as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace`),
    ),
    types: new Set([
      ...types,
      'bigint',
      'boolean',
      'integer',
      'int',
      'smallint',
      'decimal',
      'real',
      'serial',
    ]),
    own: new Set(
      await names(
        `select table_name as name from information_schema.tables where table_schema = '${schema}'
         union select column_name from information_schema.columns where table_schema = '${schema}'
         union select proname from pg_proc where pronamespace = '${schema}'::regnamespace
         union select unnest(proargnames) from pg_proc where pronamespace = '${schema}'::regnamespace`,
      ),
    ),
  };
}

const TOKEN =
  /--[^\n]*|\$\$|\$\d+|'(?:[^']|'')*'|"[^"]*"|[a-z_][a-z0-9_]*|\d+(?:\.\d+)?|:=|[-+*/<>=~!@#%^&|?:]+|[().,;[\]]/gi;
const WORD = /^[a-z_]/;
const OPERATOR = /^[-+*/<>=~!@#%^&|?:]+$/;

const tokensOf = (text: string): string[] =>
  [...text.matchAll(TOKEN)].map(([token]) => token.toLowerCase()).filter((token) => !token.startsWith('--'));

/**
 * What the text is made of. Where several clauses of `known` begin with a word, the longest that fits is
 * meant; a keyword that begins none of them is a clause by itself.
 */
export function wordsIn(text: string, known: ReadonlySet<string>, vocabulary: Vocabulary): SqlWords {
  const found = { clauses: new Set<string>(), functions: new Set<string>() };
  const types = new Set<string>();
  const operators = new Set<string>();
  const phrases = [...known].map((phrase) => phrase.split(' ')).sort((a, b) => b.length - a.length);
  const tokens = tokensOf(text);
  const given = new Set(tokens.filter((_, at) => tokens[at - 1] === 'as' && tokens[at + 1] !== '('));
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (OPERATOR.test(token)) operators.add(token);
    if (!WORD.test(token)) continue;
    const isPart = tokens[at - 1] === '.' || tokens[at + 1] === '.';
    if (isPart) continue;
    const phrase = phrases.find((words) => words.every((word, i) => tokens[at + i] === word));
    if (phrase) {
      found.clauses.add(phrase.join(' '));
      at += phrase.length - 1;
      continue;
    }
    if (vocabulary.own.has(token) || given.has(token)) continue;
    if (tokens[at + 1] === '(' && vocabulary.functions.has(token)) found.functions.add(token);
    else if (vocabulary.types.has(token)) types.add(token);
    else if (vocabulary.keywords.has(token)) found.clauses.add(token);
  }
  return { ...found, types, operators };
}
