/** `npm run build:page -- --out DIR` writes the simulator as a folder for a static host. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { count } from '../../sim/words.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { bundlePage } from './bundle.js';

const program = commandLine('build:page')
  .description('write the simulator as a page: a folder that any static host serves')
  .option('-o, --out <dir>', 'where', 'dist/page')
  .action(async ({ out }: { out: string }) => {
    const { files } = await bundlePage();
    mkdirSync(out, { recursive: true });
    let bytes = 0;
    for (const [name, content] of files) {
      writeFileSync(join(out, name), content);
      bytes += content.length;
    }
    process.stdout.write(`${out}: ${files.size} files, ${count(bytes)} bytes\n`);
  });

await runCommand(program);
