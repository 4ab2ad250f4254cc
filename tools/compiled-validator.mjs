import { fileURLToPath } from 'node:url';
import standaloneCode from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import { compileSchema } from '../../sim/scenario/validator.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Puts the compiled schema of scenarios in place of what would compile it: that makes a program of a text,
 * which the page's policy forbids.
 */
export const compiledValidator: Plugin = {
  name: 'compiled-validator',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]sim[/\\]scenario[/\\]validator\.ts$/ }, () => {
      const { ajv, validate } = compileSchema({ source: true, esm: true });
      // Ajv's types are those of a CommonJS module.
      const write = standaloneCode as unknown as typeof standaloneCode.default;
      const contents = `${write(ajv, validate)}\nexport const createValidator = () => validate;`;
      return { contents, loader: 'js', resolveDir: ROOT };
    });
  },
};
