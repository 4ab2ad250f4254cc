import { compiled } from './compiled.mjs';

/**
 * Runs a program of the sources, compiled where that can be kept, and otherwise one source after another.
 *
 * @param {string} source from the project's root
 */
export async function run(source) {
  const program = await compiled(source);
  // A crash is told by lines of the sources.
  process.setSourceMapsEnabled(true);
  if (program) return import(program);
  const { register } = await import('tsx/esm/api');
  register();
  return import(`../${source}`);
}
