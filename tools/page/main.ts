/** `npm run build:page -- --out DIR` writes the simulator as a folder for a static host. */
import { count } from '../../sim/words.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { bundlePage } from './bundle.js';
import { writeFiles } from './write-files.js';

const program = commandLine('build:page')
  .description('write the simulator as a page: a folder that any static host serves')
  .option('-o, --out <dir>', 'where', 'dist/page')
  .action(async ({ out }: { out: string }) => {
    const { files } = await bundlePage();
    writeFiles(out, files);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    process.stdout.write(`${out}: ${files.size} files, ${count(bytes)} bytes\n`);
  });

await runCommand(program);
