/**
 * A Debian source package, without root and without touching the machine's own package lists: many machines
 * name no sources, and to add them would be a change that nobody asked for. So apt works here with lists of
 * its own.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.js';

const SETTINGS = '/etc/apt';

/** Puts the upstream archive of the package into `folder`; apt checks it against the signed lists. */
export async function aptGetSource(name: string, folder: string): Promise<void> {
  const apt = join(folder, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, part), { recursive: true });
  const list = join(apt, 'own.sources');
  writeFileSync(list, sourceLists());
  const options = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, '-q', 'update']);
  await run('apt-get', [...options, '-q', '--download-only', '--tar-only', 'source', name], { cwd: folder });
  rmSync(apt, { recursive: true });
}

/** Where this machine has its programs from, asked for sources instead: of the distribution itself alone. */
function sourceLists(): string {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const files = [`${SETTINGS}/sources.list`, ...partsOf(`${SETTINGS}/sources.list.d`)];
  const stanzas = files.flatMap((file) => (file.endsWith('.sources') ? deb822(file) : oneLine(file)));
  const own = stanzas.filter(({ suites }) => suites.includes(release));
  if (own.length === 0)
    throw new Error(`${SETTINGS} names no package source of ${release || 'this release'}`);
  return own
    .map(({ uri, components, signedBy }) => {
      const lines = ['Types: deb-src', `URIs: ${uri}`, `Suites: ${release}`, `Components: ${components}`];
      return [...lines, ...(signedBy ? [`Signed-By: ${signedBy}`] : [])].join('\n');
    })
    .join('\n\n');
}

interface Stanza {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: string;
  readonly signedBy: string | undefined;
}

function partsOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** `Field: value` lines, stanzas apart by an empty line. */
function deb822(file: string): Stanza[] {
  const text = textOf(file).replace(/^#.*\n/gm, '');
  return text.split(/\n\s*\n/).map((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'mi').exec(stanza)?.[1].trim();
    return {
      uri: field('URIs') ?? '',
      suites: (field('Suites') ?? '').split(/\s+/),
      components: field('Components') ?? '',
      signedBy: field('Signed-By'),
    };
  });
}

/** `deb [options] uri suite component...` */
function oneLine(file: string): Stanza[] {
  if (!file.endsWith('.list')) return [];
  const found = textOf(file).matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$/gm);
  return [...found].map(([, options, uri, suite, components]) => ({
    uri,
    suites: [suite],
    components: components.trim(),
    signedBy: /signed-by=(\S+)/i.exec(options ?? '')?.[1],
  }));
}
