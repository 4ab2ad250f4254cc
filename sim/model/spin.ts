import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODEL = new URL('bank.pml', import.meta.url);
const SEARCH_DEPTH = 1_000_000;
const OUTPUT_BYTES_MAX = 1 << 28;

/** The model as it is written down. */
const modelText = (): string => readFileSync(MODEL, 'utf8');

/** Whether `spin` and a C compiler can be run here. */
export const hasSpin = (): boolean =>
  ['spin', 'gcc'].every((program) => spawnSync(program, ['--version']).error === undefined);

export interface SpinOptions {
  /** Of the preprocessor: the bounds of the search. */
  readonly defines: readonly string[];
  /** Of the C compiler: what kind of verifier is built. */
  readonly verifier: readonly string[];
  /** The model; left out, the one in this folder. */
  readonly text?: string | undefined;
}

export interface Search {
  /** Name of an LTL formula in the model: cycles that break it are looked for, and not bad states. */
  readonly formula?: string | undefined;
  /** Weak fairness between the processes. */
  readonly isFair?: boolean | undefined;
}

export interface SpinResult {
  readonly states: number;
  readonly transitions: number;
  readonly errors: number;
  /** What the verifier says is wrong; empty when there is no error. */
  readonly complaint: string;
  readonly lines: string[];
}

/** A verifier of the model, which Spin has made. */
export class Verifier {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tapnote-spin-'));

  /** Throws when Spin or the compiler fails. */
  constructor({ defines, verifier, text = modelText() }: SpinOptions) {
    writeFileSync(join(this.#folder, 'bank.pml'), text);
    this.#run('spin', ['-a', ...defines, 'bank.pml']);
    // The generated C has warnings of its own.
    this.#run('gcc', ['-O1', '-w', ...verifier, '-o', 'pan', 'pan.c']);
  }

  #run(program: string, options: readonly string[]): string {
    return execFileSync(program, options, {
      cwd: this.#folder,
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Searches to the end, or to the first error. */
  search({ formula, isFair }: Search = {}): SpinResult {
    // Where nothing more can happen is no error of the model.
    const what = formula === undefined ? ['-E'] : ['-a', ...(isFair ? ['-f'] : []), '-N', formula];
    return parse(this.#run(join(this.#folder, 'pan'), [`-m${SEARCH_DEPTH}`, ...what]));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function parse(output: string): SpinResult {
  const lines = output.split('\n');
  const count = (what: RegExp): number => {
    const [, found] = what.exec(output) ?? [];
    if (found === undefined) throw new Error(`the verifier does not say ${what}: ${output.slice(-2_000)}`);
    return Number(found);
  };
  if (output.includes('max search depth too small')) throw new Error('the search was not exhaustive');
  return {
    states: count(/(\d+) states, stored/),
    transitions: count(/(\d+) transitions/),
    errors: count(/errors: (\d+)/),
    complaint: lines.find((line) => line.startsWith('pan:1:')) ?? '',
    lines,
  };
}
