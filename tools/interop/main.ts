/** Writes the README's table of programs that talk to the simulator, with the versions installed here. */
import { spawnSync } from 'node:child_process';
import { fillMarked } from '../bench/marked.js';
import { PROGRAMS } from './programs.js';

const FORMAT = '$'.concat('{Version}');

/** Of a Debian package. */
function versionOf(name: string): string {
  const { stdout, status } = spawnSync('dpkg-query', ['-W', '--showformat', FORMAT, name], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} is not installed: tools/setup-debian.sh installs it`);
  return stdout;
}

fillMarked('README.md', 'interop', [
  '',
  '| programs | talk to | shown by | package and version |',
  '|---|---|---|---|',
  ...PROGRAMS.map(({ programs, to, test, packages }) => {
    const versions = packages.map((name) => `${name} ${versionOf(name)}`).join(', ');
    return `| ${programs} | ${to} | \`${test}\` | ${versions} |`;
  }),
  '',
]);
