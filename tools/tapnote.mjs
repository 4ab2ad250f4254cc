#!/usr/bin/env node
import { compiled } from './compiled.mjs';

const program = await compiled('tools/cli/cli.ts');
// A crash is told by lines of the sources.
process.setSourceMapsEnabled(true);
if (program) await import(program);
else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./cli/cli.ts');
}
