/** A benchmark of another revision beside this one's: `--against REVISION`. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli/cli-error.js';
import { Exit } from '../cli/output/exit.js';
import { table } from '../cli/output/table.js';
import type { Output } from '../cli/output/terminal-output.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HASH_SHOWN = 10;

export interface Revision {
  /** As the user has written it. */
  readonly name: string;
  readonly commit: string;
}

/** Throws CliError when the local history has no such revision: before anything is measured. */
export function revisionOf(name: string): Revision {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return {
      name,
      commit: execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: [...stdio] }).trim(),
    };
  } catch {
    throw new CliError(
      Exit.usage,
      'no-revision',
      `--against ${name}: the git history here has no such revision`,
    );
  }
}

/**
 * Gives `work` the files of that revision, in a folder that is gone afterwards. Throws CliError when it
 * cannot.
 */
export async function withTreeOf<T>(
  { commit }: Revision,
  work: (tree: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-against-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const stop = (signal: NodeJS.Signals): void => {
    remove();
    process.off(signal, stop);
    process.kill(process.pid, signal);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const tree = join(folder, 'tree');
    await run('git', ['clone', '--quiet', '--shared', '--no-checkout', ROOT, tree], folder);
    await run('git', ['checkout', '--quiet', '--detach', commit], tree);
    await lendWhatIsEqual(tree);
    return await work(tree, folder);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    remove();
  }
}

/**
 * Runs `npm run SCRIPT -- ARGS --json FILE` of that revision; what it writes. Throws CliError when it cannot.
 */
export const figuresOf = (revision: Revision, script: string, args: readonly string[]): Promise<unknown> =>
  withTreeOf(revision, async (tree, folder) => {
    const file = join(folder, 'figures.json');
    // A promise that does not hold any more is a status, and figures all the same.
    await run('npm', ['run', '--silent', script, '--', ...args, '--json', file], tree).catch(() => {});
    if (!existsSync(file))
      throw new CliError(Exit.violated, 'no-figures', `${script} of ${revision.name} gave no figures`);
    return JSON.parse(readFileSync(file, 'utf8'));
  });

/** Packages of the same lock file, and sources that were fetched and stand under their version. */
async function lendWhatIsEqual(tree: string): Promise<void> {
  const lock = (folder: string): string => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (lock(ROOT) === lock(tree)) symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  else await run('npm', ['ci', '--silent', '--ignore-scripts'], tree);
  const cache = join(ROOT, '.cache/xs');
  if (!existsSync(cache)) return;
  mkdirSync(join(tree, '.cache/xs'), { recursive: true });
  for (const name of readdirSync(cache).filter((each) => /-\d+\.\d+\.\d+$/.test(each)))
    symlinkSync(join(cache, name), join(tree, '.cache/xs', name));
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  // Its tables are not asked for; its progress and its errors are.
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = await once(child, 'close');
  if (status === 0) return;
  throw new CliError(
    Exit.violated,
    'revision-fails',
    `${program} ${args.join(' ')} ends with status ${status}`,
  );
}

/** Every figure that both have and that differs, side by side. */
export function printAgainst(out: Output, { name, commit }: Revision, theirs: unknown, ours: unknown): void {
  const [before, now] = [figures(theirs), figures(ours)];
  const common = [...now.keys()].filter((key) => before.has(key));
  const changed = common.filter((key) => before.get(key) !== now.get(key));
  const rows = changed.map((key) => {
    const [was, is] = [before.get(key)!, now.get(key)!];
    return [
      key,
      number(was),
      number(is),
      was === 0 ? '' : `${is >= was ? '+' : '−'}${number((Math.abs(is - was) / was) * 100)} %`,
    ];
  });
  out.line();
  out.line(out.style('bold', `Against ${name} (${commit.slice(0, HASH_SHOWN)})`));
  if (rows.length > 0)
    for (const line of table([['figure', name, 'now', 'change'], ...rows])) out.line(`  ${line}`);
  out.line(`  ${common.length - changed.length} figures are the same.`);
  const alone = now.size + before.size - 2 * common.length;
  if (alone > 0) out.line(`  ${alone} figures are of one of the two only.`);
}

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });

/** What tells the elements of a list apart. */
const LABELS = ['name', 'what', 'link', 'side', 'unit', 'sectors', 'notes', 'payments'];

/** Every number in it by where it stands: "boot, notes 32, payments 100: boot.reads". */
export function figures(value: unknown, path = ''): Map<string, number> {
  const found = new Map<string, number>();
  if (typeof value === 'number') return found.set(path, value);
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, each] of Object.entries(value)) {
    const step = Array.isArray(value) ? labelOf(each, key) : key;
    for (const [place, figure] of figures(each, path === '' ? step : `${path} › ${step}`))
      found.set(place, figure);
  }
  return found;
}

function labelOf(element: unknown, index: string): string {
  if (typeof element !== 'object' || element === null) return index;
  const fields = element as Record<string, unknown>;
  const labels = LABELS.filter((name) => ['string', 'number'].includes(typeof fields[name]));
  return (
    labels
      .map((name) => (typeof fields[name] === 'string' ? fields[name] : `${name} ${fields[name]}`))
      .join(', ') || index
  );
}
