import { Ajv, type Options, type ValidateFunction } from 'ajv';
import schema from '../scenarios/scenario.schema.json' with { type: 'json' };

/** The schema, and what compiles it. `code`: how, for whoever keeps what is compiled. */
export function compileSchema(code: NonNullable<Options['code']> = {}): {
  readonly ajv: Ajv;
  readonly validate: ValidateFunction;
} {
  const ajv = new Ajv({ allErrors: true, verbose: true, discriminator: true, allowUnionTypes: true, code });
  ajv.addVocabulary(['expected']);
  return { ajv, validate: ajv.compile(schema) };
}

/**
 * A page may compile nothing while it runs: `tools/page/validator.ts` puts a compiled one in place of this.
 */
export const createValidator = (): ValidateFunction => compileSchema().validate;
