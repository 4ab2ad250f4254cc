import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startMosquitto } from '../../../sim/host/mosquitto.js';

/** A broker in a process of its own, so that its time can be told from that of everybody else. */
export interface Measured {
  readonly url: string;
  readonly gatewayUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function mosquitto(noDelay: boolean): Promise<Measured> {
  const { url, pid, stop } = await startMosquitto({ noDelay });
  return { url, gatewayUrl: url, pid, stop };
}

export function aedes(noDelay: boolean): Promise<Measured> {
  const program = fileURLToPath(new URL('./aedes-process.ts', import.meta.url));
  const child = fork(program, [String(noDelay)], { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`the broker ended with ${status}`)));
    child.once('message', (message) => {
      const { url, gatewayUrl } = message as { url: string; gatewayUrl: string };
      const gone = new Promise<void>((ended) => child.once('exit', () => ended()));
      const stop = async (): Promise<void> => {
        child.kill();
        await gone;
      };
      resolve({ url, gatewayUrl, pid: child.pid!, stop });
    });
  });
}

/** Ticks of a second, as Linux counts processor time for everybody. */
const TICKS = 100;

/** Processor time of a process so far, milliseconds: user and system (proc_pid_stat(5), fields 14 and 15). */
export function processor_ms(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
}
