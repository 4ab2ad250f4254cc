/** `node tools/program.mjs SOURCE ARGUMENTS`: as `tsx SOURCE ARGUMENTS`, and compiled. */
import { run } from './run.mjs';

const [source] = process.argv.splice(2, 1);
await run(source);
