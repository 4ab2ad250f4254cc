import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { tsImport } from 'tsx/esm/api';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/**
 * Puts the compiled schema of scenarios in place of what would compile it: that takes some tenths of a second
 * of each start, and makes a program of a text, which the page's policy forbids.
 *
 * @type {import('esbuild').Plugin}
 */
export const compiledValidator = {
  name: 'compiled-validator',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /[/\\]sim[/\\]scenario[/\\]validator\.ts$/ }, async () => {
      const { compileSchema } = await tsImport('../sim/scenario/validator.ts', import.meta.url);
      const { ajv, validate } = compileSchema({ source: true, esm: true });
      const contents = `${standaloneCode.default(ajv, validate)}\nexport const createValidator = () => validate;`;
      return { contents, loader: 'js', resolveDir: ROOT };
    });
    // What it requires comes along: a module of a program has no `require`.
    onResolve({ filter: /^ajv\/dist\/runtime\// }, ({ path }) => ({ path: require.resolve(path) }));
  },
};
