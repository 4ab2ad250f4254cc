import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Standard output, where a command takes "-" for a file. */
export const STANDARD_OUTPUT = '-';

/**
 * A file that a command writes at its end. That it can be written is found out at once; until then there is
 * nothing of it on the disk, and it is written aside and renamed: whoever looks finds the old file or the
 * whole new one, also after a signal.
 */
export class OutputFile {
  readonly #path: string;
  readonly #isSpecial: boolean;

  private constructor(
    private readonly option: string,
    private readonly named: string,
    folderIsMade: boolean,
  ) {
    const stat = statSync(named, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw this.#unwritable('it is a folder');
    // A pipe or a device is not replaced; of a link, what it leads to is.
    this.#isSpecial = stat !== undefined && !stat.isFile();
    this.#path = stat === undefined ? resolve(named) : realpathSync(named);
    if (stat !== undefined) accessSync(this.#path, constants.W_OK);
    if (!this.#isSpecial && folderIsMade) this.#probe();
  }

  /** `option` is what the user called it by, such as "--json". Throws CliError when it cannot be written. */
  static check(option: string, path: string): OutputFile {
    try {
      return new OutputFile(option, path, true);
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw unwritable(option, path, systemReason(error));
    }
  }

  /** Files of a folder that is made with the first of them. Throws CliError when it cannot be. */
  static checkFolder(option: string, folder: string): (name: string) => OutputFile {
    let existing = resolve(folder);
    while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
    try {
      if (!statSync(existing).isDirectory()) throw unwritable(option, folder, 'there is a file of that name');
      new OutputFile(option, join(existing, '.tapnote'), true);
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw unwritable(option, folder, systemReason(error));
    }
    return (name) => new OutputFile(option, join(folder, name), false);
  }

  get #aside(): string {
    return join(dirname(this.#path), `.${basename(this.#path)}.${process.pid}.tmp`);
  }

  #probe(): void {
    closeSync(openSync(this.#aside, 'wx'));
    rmSync(this.#aside);
  }

  /** Throws CliError; then nothing has changed. A signal waits until this is over. */
  write(content: string | Uint8Array, mode = 0o666): void {
    const release = holdSignals();
    try {
      if (this.#isSpecial) return writeFileSync(this.#path, content);
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(this.#aside, content, { flag: 'wx', mode });
      renameSync(this.#aside, this.#path);
    } catch (error) {
      rmSync(this.#aside, { force: true });
      throw this.#unwritable(systemReason(error));
    } finally {
      release();
    }
  }

  #unwritable(why: string): CliError {
    return unwritable(this.option, this.named, why);
  }
}

/**
 * What `--json FILE` of a command writes to: the file, or standard output. Bytes are hex. Undefined without
 * the option.
 */
export function jsonOutput(path: string | undefined): ((value: unknown) => void) | undefined {
  if (path === undefined) return undefined;
  if (path === STANDARD_OUTPUT) return (value) => void process.stdout.write(jsonText(value));
  const file = OutputFile.check('--json', path);
  return (value) => file.write(jsonText(value));
}

/** Times are sums of fractions of a microsecond: what is beyond a nanosecond is rounding. */
const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
};

export const jsonText = (value: unknown): string => `${JSON.stringify(value, plain, 2)}\n`;

const unwritable = (option: string, path: string, why: string): CliError =>
  new CliError(Exit.usage, 'file-unwritable', `${option} ${path}: ${why}`);

const held = new Set<NodeJS.Signals>();
const hold = (signal: NodeJS.Signals): void => void held.add(signal);
let holders = 0;

/**
 * Puts signals off until the event loop turns again; then they do what they would have done. One listener for
 * all files that are written in one turn: Node warns of more than ten.
 */
function holdSignals(): () => void {
  if (holders++ === 0) for (const signal of SIGNALS) process.on(signal, hold);
  return () => setImmediate(letSignalsGo);
}

function letSignalsGo(): void {
  if (--holders > 0) return;
  for (const signal of SIGNALS) process.off(signal, hold);
  for (const signal of held) process.kill(process.pid, signal);
  held.clear();
}
