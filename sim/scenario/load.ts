import type { ErrorObject, ValidateFunction } from 'ajv';
import schema from '../scenarios/scenario.schema.json' with { type: 'json' };
import { JsonSyntaxError, type Place, parseJson, pointerTo } from './json.js';
import type { Mistake } from './mistake.js';
import { findMistakes } from './names.js';
import type { Scenario } from './scenario.js';
import { ScenarioError } from './scenario-error.js';
import { hint, nearest } from './suggest.js';
import { createValidator } from './validator.js';

/** Of a file: some ten thousand steps. */
export const SCENARIO_BYTES_MAX = 1_000_000;

export interface LoadedScenario {
  readonly file: string;
  readonly scenario: Scenario;
  /** Where the value at a JSON pointer stands in the file. */
  place(pointer: string): Place;
}

/** Throws ScenarioError with every mistake in it. */
export function parseScenario(file: string, text: string): LoadedScenario {
  let source: ReturnType<typeof parseJson>;
  try {
    source = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const message = error.code === 'syntax' ? `not JSON: ${error.message}` : error.message;
    throw new ScenarioError(file, [{ code: `json-${error.code}`, place: error.place, pointer: '', message }]);
  }
  const validate = validator();
  const mistakes = validate(source.value)
    ? findMistakes(source.value as Scenario)
    : explain(validate.errors ?? []);
  if (mistakes.length > 0) {
    const placed = mistakes.map((mistake) => ({ ...mistake, place: source.place(mistake.pointer) }));
    placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    throw new ScenarioError(file, placed);
  }
  return { file, scenario: source.value as Scenario, place: source.place };
}

let compiled: ValidateFunction | undefined;

function validator(): ValidateFunction {
  compiled ??= createValidator();
  return compiled;
}

/**
 * Ajv's errors in a user's words. Of a choice that nothing fits, its own `expected` says more than what each
 * branch missed, unless what is wrong lies deeper: then the value has the shape of a branch, and the place
 * inside it is what the user looks for.
 */
function explain(errors: readonly ErrorObject[]): Mistake[] {
  const choices = new Set(
    errors.filter(({ keyword }) => keyword === 'anyOf').map((error) => error.instancePath),
  );
  // Every place that an error lies deeper than.
  const above = new Set<string>();
  for (const { instancePath } of errors) {
    let parent = instancePath;
    while (parent !== '') {
      parent = parent.slice(0, parent.lastIndexOf('/'));
      above.add(parent);
    }
  }
  const told = new Map<string, Mistake>();
  for (const error of errors) {
    const path = error.instancePath;
    if (choices.has(path) && (error.keyword !== 'anyOf' || above.has(path))) continue;
    const mistake = explainOne(error);
    told.set(`${mistake.pointer} ${mistake.message}`, mistake);
  }
  return [...told.values()];
}

function explainOne(error: ErrorObject): Mistake {
  const { instancePath: pointer, keyword, params, parentSchema, data } = error;
  const schema = parentSchema as Record<string, unknown>;
  if (keyword === 'additionalProperties') {
    const name = params.additionalProperty as string;
    const known = Object.keys(schema.properties as object);
    const message = `expected no ${JSON.stringify(name)} here${hint(name, known)}`;
    return { code: 'schema', pointer: pointerTo(pointer, name), message };
  }
  if (keyword === 'required') {
    return { code: 'schema', pointer, message: `expected ${JSON.stringify(params.missingProperty)} in it` };
  }
  if (keyword === 'discriminator') return explainTag(pointer, params, schema);
  const expected = (schema.expected as string | undefined) ?? error.message ?? 'something else';
  const words = keyword === 'enum' ? (params.allowedValues as unknown[]).map(String) : [];
  // Where `expected` names them all, only a near miss is worth a word more.
  const listed = words.every((word) => expected.includes(word));
  const tip = typeof data === 'string' && (!listed || nearest(data, words)) ? hint(data, words) : '';
  return { code: 'schema', pointer, message: `expected ${expected}, got ${shown(data)}${tip}` };
}

/** The kind of a step: missing, or none that there is. */
function explainTag(
  pointer: string,
  params: Record<string, unknown>,
  schema: Record<string, unknown>,
): Mistake {
  const kinds = stepKinds();
  const value = params.tagValue;
  if (value === undefined)
    return { code: 'schema', pointer, message: `expected ${schema.expected}, got no "do"` };
  const tip = typeof value === 'string' ? hint(value, kinds) : '';
  const message = `expected a kind of step, got ${shown(value)}${tip}`;
  return { code: 'schema', pointer: `${pointer}/do`, message };
}

/** What a step's "do" may be. */
function stepKinds(): string[] {
  const { definitions } = schema as unknown as {
    definitions: Record<string, { properties?: { do?: { const?: string; enum?: string[] } } }>;
  };
  return Object.values(definitions).flatMap(({ properties }) => {
    const tag = properties?.do;
    return tag?.enum ?? (tag?.const ? [tag.const] : []);
  });
}

const SHOWN_LENGTH_MAX = 48;

function shown(value: unknown): string {
  // The list itself says less than how many are in it.
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const text = JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX - 1)}…` : text;
}
