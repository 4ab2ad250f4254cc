/** Writes the README's table of programs that talk to the simulator, with the versions installed here. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fillMarked } from '../bench/marked.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { PROGRAMS } from './programs.js';

const FORMAT = '$'.concat('{Version}');

/** Of a Debian package. */
function versionOf(name: string): string {
  const { stdout, status } = spawnSync('dpkg-query', ['-W', '--showformat', FORMAT, name], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    const why = `${name} is not installed: tools/setup-debian.sh installs it`;
    throw new CliError(Exit.absent, 'program-missing', why);
  }
  return stdout;
}

/** Of a package of npm, as it is pinned. */
const pinned = (name: string): string =>
  `${name} ${JSON.parse(readFileSync('package.json', 'utf8')).dependencies[name]}`;

function write(): void {
  fillMarked('README.md', 'interop', [
    '',
    '| programs | talk to | shown by | package and version |',
    '|---|---|---|---|',
    ...PROGRAMS.map(({ programs, to, test, packages, npm = [], source = '' }) => {
      const versions = [...npm.map(pinned), ...packages.map((name) => `${name} ${versionOf(name)}`)];
      return `| ${programs} | ${to} | \`${test}\` | ${versions.join(', ') || source} |`;
    }),
    '',
  ]);
}

await runCommand(
  commandLine('docs:interop')
    .description("Writes the README's table of programs that talk to the simulator.")
    .addHelpText('after', EXIT_HELP)
    .action(write),
);
