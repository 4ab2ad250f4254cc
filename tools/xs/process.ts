/** Other programs: run to their end, and named with their Debian package when they are missing. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** For `sh -c`: the first argument is the limit, the others are the command. */
const LIMITED = 'ulimit -t "$0" && exec "$@"';

export interface RunOptions {
  readonly cwd?: string;
  /** Of the processor, not of a clock: so it bounds the work, also on a machine that is busy elsewhere. */
  readonly cpuSecondsMax?: number;
}

const DEBIAN_PACKAGES: Record<string, string> = {
  gcc: 'gcc and libc6-dev',
  'g++': 'g++',
  tar: 'tar',
  'apt-get': 'apt',
  'riscv64-unknown-elf-gcc': 'gcc-riscv64-unknown-elf and picolibc-riscv64-unknown-elf',
  'qemu-system-riscv32': 'qemu-system-misc',
};

/** Whatever its exit status; throws when it could not start, or took more of the processor than it may. */
export function finish(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { cwd, cpuSecondsMax } = options;
  const [command, ...rest] =
    cpuSecondsMax === undefined
      ? [program, ...args]
      : ['sh', '-c', LIMITED, `${cpuSecondsMax}`, program, ...args];
  return new Promise((resolve, reject) => {
    execFile(
      command,
      rest,
      { maxBuffer: OUTPUT_BYTES_MAX, encoding: 'utf8', ...(cwd && { cwd }) },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr, exitCode: 0 });
        else if (error.code === 'ENOENT') reject(new Error(missingText(program)));
        else if (cpuSecondsMax !== undefined && (error.signal === 'SIGXCPU' || error.signal === 'SIGKILL'))
          reject(new Error(`${program}: stopped after ${cpuSecondsMax} s of the processor`));
        else resolve({ stdout, stderr, exitCode: Number(error.code) || 1 });
      },
    );
  });
}

/** Its standard output; throws with what it said when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { stdout, stderr, exitCode } = await finish(program, args, options);
  if (exitCode !== 0)
    throw new Error(`${program} ${args.join(' ')}\nexit status ${exitCode}\n${stderr}${stdout}`);
  return stdout;
}

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function missingText(program: string): string {
  const where = program in DEBIAN_PACKAGES ? `Debian package ${DEBIAN_PACKAGES[program]}` : 'not on PATH';
  return `${program} is missing (${where}); tools/setup-debian.sh installs what is needed`;
}
