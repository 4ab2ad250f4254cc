/**
 * Runs TypeScript in the XS engine: on this machine, or on an emulated rv32imc chip whose instructions are
 * counted.
 */
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { buildEngine, fetchSources } from './build.js';
import { bundle } from './bundle.js';
import { rootFolder } from './folders.js';
import { finish, isInstalled, missingText } from './process.js';
import type { TargetName } from './targets.js';

export interface EngineMemory {
  /** Strings, array buffers and big arrays. */
  readonly chunkBytes: number;
  /** Objects and properties, 16 bytes each on the chip. */
  readonly slots: number;
  /** The engine's stack, of the same slots. A bundle's module variables are on it too. */
  readonly stackSlots: number;
}

export interface RunSettings {
  /** What `input()` of engine.ts gives: any JSON value. */
  readonly input?: unknown;
  readonly memory?: Partial<EngineMemory>;
}

export interface EngineRun {
  /** What was printed, and after that what went wrong, if anything did. */
  readonly output: string;
  readonly exitCode: number;
  /** That the script took, without the engine's own start; 0 on the host, and where it failed. */
  readonly instructions: number;
  /** Of the bytecode file, which a board holds in flash. */
  readonly bytecodeBytes: number;
}

/** Room for a test and all its vectors. Where the firmware's own needs matter, give sizes like a board's. */
const MEMORY: EngineMemory = { chunkBytes: 12 * 1024 * 1024, slots: 160 * 1024, stackSlots: 8192 };
/** A script that does not end is stopped; the longest of ours takes a tenth of it. */
const CPU_SECONDS_MAX = 900;
/** The last line of a run that came to its end. */
const COUNTED = /^xs: (\d+) instructions\n$/m;

const QEMU = 'qemu-system-riscv32';
const TOOLS: Record<TargetName, readonly string[]> = {
  host: ['gcc'],
  chip: ['gcc', 'riscv64-unknown-elf-gcc', QEMU],
};

/**
 * Why nothing can run there: a missing program, or sources that are neither here nor to be had. Undefined
 * when it can.
 */
export async function whyNotOn(target: TargetName): Promise<string | undefined> {
  const missing = TOOLS[target].find((program) => !isInstalled(program));
  if (missing !== undefined) return missingText(missing);
  try {
    await fetchSources();
    return undefined;
  } catch (error) {
    return `no sources: ${(error as Error).message.split('\n').slice(0, 3).join('; ')}`;
  }
}

/** `entry` is a file, or the text of a module if it starts with `import`. */
export function runOnHost(entry: string, settings: RunSettings = {}): Promise<EngineRun> {
  return runOn('host', entry, settings);
}

/** The same input gives the same output and the same count of instructions, on any machine. */
export function runOnChip(entry: string, settings: RunSettings = {}): Promise<EngineRun> {
  return runOn('chip', entry, settings);
}

export async function runOn(target: TargetName, entry: string, settings: RunSettings): Promise<EngineRun> {
  const hostEngine = await buildEngine('host');
  const engine = target === 'host' ? hostEngine : await buildEngine(target);
  const bytecode = await bundle(moduleOf(entry), hostEngine);
  // The chip's arguments are one line: names without a space, in a folder that the emulator starts in.
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-xs-'));
  try {
    symlinkSync(bytecode, join(folder, 'code'));
    writeFileSync(join(folder, 'input'), JSON.stringify(settings.input ?? null));
    const { chunkBytes, slots, stackSlots } = { ...MEMORY, ...settings.memory };
    const args = ['code', 'input', ...[chunkBytes, slots, stackSlots].map(String)];
    const [program, ...programArgs] = target === 'host' ? [engine, ...args] : emulator(engine, args);
    const options = { cwd: folder, cpuSecondsMax: CPU_SECONDS_MAX };
    const { stdout, stderr, exitCode } = await finish(program, programArgs, options);
    const counted = COUNTED.exec(stderr);
    return {
      output: stdout + stderr.replace(COUNTED, ''),
      exitCode,
      instructions: Number(counted?.[1] ?? 0),
      bytecodeBytes: statSync(bytecode).size,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function moduleOf(entry: string): string {
  if (entry.startsWith('import')) return entry;
  return `import './/${relative(rootFolder, resolve(entry))}';`;
}

/**
 * With -icount one instruction is one tick, whatever the machine: the count repeats. Semihosting prints on
 * standard error.
 */
function emulator(engine: string, args: readonly string[]): string[] {
  return [...emulated(engine, args), '-icount', 'shift=0'];
}

/** The command that runs a program on the emulated chip. An argument has no space and no comma. */
export function emulated(program: string, args: readonly string[]): string[] {
  return [
    QEMU,
    ...['-machine', 'virt', '-m', '128M', '-bios', 'none'],
    ...['-display', 'none', '-serial', 'none', '-monitor', 'none'],
    ...['-semihosting-config', ['enable=on,target=native', ...args].join(',arg=')],
    ...['-kernel', program],
  ];
}
