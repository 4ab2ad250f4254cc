/** `node tools/program.mjs SOURCE ARGUMENTS`: as `tsx SOURCE ARGUMENTS`, compiled; for what runs long. */
import { run } from './run.mjs';

const [source] = process.argv.splice(2, 1);
await run(source);
