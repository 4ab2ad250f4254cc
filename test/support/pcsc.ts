import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Started, startTapnote } from '../tools/run-cli.js';

const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const LOOK_MS = 20;
/** Of vsmartcard's first virtual reader. */
export const READER = 'Virtual PCD 00 00';

/** As root, or as root of a namespace of one's own where the system lets users have one. */
const ROOT = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const JOIN = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];

/** Are pcscd, its virtual reader and these programs installed, and may we have a namespace? */
export function hasPcsc(...programs: readonly string[]): boolean {
  const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
  const mayUnshare = (): boolean => spawnSync('unshare', [...ROOT, '--mount', '--net', 'true']).status === 0;
  return ['pcscd', 'ip', 'nsenter', ...programs].every(has) && existsSync(DRIVER) && mayUnshare();
}

export interface SmartCardStack {
  /** For every program that is to find this daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program of PC/SC on it, with lines at its standard input; resolves with what it says. */
  run(program: string, args: readonly string[], input?: string): Promise<string>;
  /** Puts a card into the first reader, or the one of another port, and waits until it is found. */
  card(...args: readonly string[]): Promise<Started>;
  end(): Promise<void>;
}

/**
 * A pcscd of this test's own beside that of the machine: its socket lies in a folder of its own, and its
 * virtual reader, which listens on every address that it finds, finds loopback alone.
 */
export async function startSmartCardStack(): Promise<SmartCardStack> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-pcscd-'));
  const script =
    'ip link set lo up && mkdir -p /run/pcscd && mount --bind "$0" /run/pcscd && exec pcscd --foreground';
  const daemon = spawn('unshare', [...ROOT, '--mount', '--net', 'sh', '-c', script, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  daemon.stdout.on('data', (text) => (said += text));
  daemon.stderr.on('data', (text) => (said += text));
  const gone = new Promise<void>((ended) => daemon.on('close', () => ended()));
  let isGone = false;
  void gone.then(() => (isGone = true));
  const socket = join(folder, 'pcscd.comm');
  const env = { PCSCLITE_CSOCK_NAME: socket };
  while (!existsSync(socket)) {
    if (isGone) throw new Error(`pcscd has ended: ${said}`);
    await new Promise((ready) => setTimeout(ready, LOOK_MS));
  }
  return {
    env,
    run: (program, args, input = '') => run(program, args, input, env),
    card: (...args) => {
      const inside = ['nsenter', `--target=${daemon.pid}`, ...JOIN, '--net'];
      return startTapnote(['card', '--pcsc', ...args], /(the reader has found the card)/, { inside });
    },
    end: async () => {
      daemon.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One for all tests of a file. */
export function useSmartCardStack(): () => SmartCardStack {
  let stack: SmartCardStack | undefined;
  beforeAll(async () => {
    stack = await startSmartCardStack();
  });
  afterAll(() => stack?.end());
  return () => stack!;
}

function run(
  program: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env } });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('error', reject);
    child.on('close', () => resolve(said));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
