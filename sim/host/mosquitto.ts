import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './postgres-cluster.js';

const PROGRAM = '/usr/sbin/mosquitto';
const TRIES_MAX = 200;
const TRY_MS = 25;

export const hasMosquitto = (): boolean => existsSync(PROGRAM);

export interface Mosquitto {
  readonly url: string;
  readonly pid: number;
  /** It vanishes as in a crash, and comes back on the same port with nothing kept. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** For good. */
  stop(): Promise<void>;
}

/** Debian's mosquitto on a free port of the loopback interface, with a configuration of its own. */
export async function startMosquitto({ noDelay = true } = {}): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-mosquitto-'));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    `set_tcp_nodelay ${noDelay}`,
    'message_size_limit 4096',
    'log_dest none',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(PROGRAM, ['-c', file], { stdio: 'ignore' });
    await answers(port);
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    kill,
    restart: start,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (let tries = TRIES_MAX; tries > 0; tries--) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await setTimeout(TRY_MS);
  }
  throw new Error('mosquitto does not listen');
}
