import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** A program that has a device open. */
export interface Holder {
  readonly program: string;
  readonly pid: number;
}

/** Who else has the character device `path` open, of the processes that this user may look at. */
export function holdersOf(path: string): Holder[] {
  return (process.platform === 'linux' ? fromProc(path) : fromLsof(path)).filter(
    ({ pid }) => pid !== process.pid,
  );
}

function fromProc(path: string): Holder[] {
  const { rdev } = statSync(path);
  const holders: Holder[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const files = openFiles(entry);
    // Whoever has made a pseudo-terminal has both of its ends, and is the other side of the talk.
    if (files.some((file) => file.endsWith('/ptmx'))) continue;
    if (files.some((file) => file.startsWith('/dev/') && deviceOf(file) === rdev))
      holders.push({ program: nameOf(entry), pid: Number(entry) });
  }
  return holders;
}

/** Empty for a process that has ended, or that is another user's. */
function openFiles(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((file) => {
      try {
        return [readlinkSync(`${folder}/${file}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function deviceOf(file: string): number | undefined {
  try {
    return statSync(file).rdev;
  } catch {
    return undefined;
  }
}

/** Its command line as far as it says what it does: `node tools/tapnote.mjs doctor` is more than `node`. */
function nameOf(pid: string): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const [program = '?', script, command] = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
    if (script?.startsWith('tapnote')) return `tapnote ${command ?? ''}`.trim();
    return program;
  } catch {
    return '?';
  }
}

/** `lsof -F pc`: a line "p1234" and a line "cscreen" for each process. Nothing where there is no lsof. */
function fromLsof(path: string): Holder[] {
  const { stdout } = spawnSync('lsof', ['-F', 'pc', path], { encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/^p(\d+)\nc(.*)$/gm)].map(([, pid, program]) => ({
    program,
    pid: Number(pid),
  }));
}
