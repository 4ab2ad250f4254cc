import { execFile, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { databaseUrl, freePort, NEW_CLUSTER, serverFlags, unprivileged } from './postgres-cluster.js';

const POLL_MS = 20;

interface Server {
  readonly data: string;
  readonly port: number;
}

/**
 * A primary and a standby on the loopback interface: what the primary commits, the standby has. Each in a
 * folder of its own; gone without a trace after `stop`.
 */
export class PostgresPair {
  #folders = 0;
  #primary!: Server;
  #standby!: Server;

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    /** Of whichever is where. */
    private readonly ports: readonly [number, number],
  ) {}

  static async start(programs: string): Promise<PostgresPair> {
    const folder = mkdtempSync(join(tmpdir(), 'tapnote-pair-'));
    const user = unprivileged();
    if (user) chownSync(folder, user.uid, user.gid);
    const pair = new PostgresPair(programs, folder, [await freePort(), await freePort()]);
    const data = pair.#newFolder();
    await pair.#run('initdb', '-D', data, ...NEW_CLUSTER);
    pair.#primary = { data, port: pair.ports[0] };
    await pair.#startServer(pair.#primary);
    await pair.addStandby();
    return pair;
  }

  /** For a client that knows both, and is told which takes writes by neither. */
  get url(): string {
    const hosts = this.ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `${databaseUrl(hosts)}?target_session_attrs=read-write&connect_timeout=5`;
  }

  /** The primary alone. */
  get primaryUrl(): string {
    return databaseUrl(`127.0.0.1:${this.#primary.port}`);
  }

  /** SIGKILL: it has no time to say or to write anything. */
  killPrimary(): void {
    const pid = this.#pidOf(this.#primary);
    process.kill(pid, 'SIGKILL');
  }

  /** The standby takes writes from now on, and waits for nobody until it has a standby of its own. */
  async promote(): Promise<void> {
    const dead = this.#primary;
    await this.#run('pg_ctl', '-D', this.#standby.data, '-w', 'promote');
    this.#primary = this.#standby;
    rmSync(dead.data, { recursive: true, force: true });
  }

  /** A copy of the primary on the other port, and from then on no commit without it. */
  async addStandby(): Promise<void> {
    const port = this.ports.find((each) => each !== this.#primary.port)!;
    const data = this.#newFolder();
    await this.#run(
      'pg_basebackup',
      '-D',
      data,
      '-d',
      this.primaryUrl,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '-N',
    );
    this.#standby = { data, port };
    await this.#startServer(this.#standby);
    await this.#ask("alter system set synchronous_standby_names = '*'");
    await this.#ask('select pg_reload_conf()');
    await this.#until("select 1 from pg_stat_replication where sync_state = 'sync'");
  }

  /** A standby that answers nobody: no commit comes to its end. */
  pauseStandby(): Promise<void> {
    return this.#run('pg_ctl', '-D', this.#standby.data, '-w', '-m', 'immediate', 'stop');
  }

  resumeStandby(): Promise<void> {
    return this.#startServer(this.#standby);
  }

  /** Calls off what waits for the standby. Returns how many did. */
  async callOffWaits(): Promise<number> {
    const waiting = "from pg_stat_activity where wait_event = 'SyncRep'";
    return (await this.#ask(`select pg_cancel_backend(pid) ${waiting}`)).length;
  }

  async stop(): Promise<void> {
    for (const { data } of [this.#primary, this.#standby]) {
      // One may be gone already.
      await this.#run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop').catch(() => {});
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #newFolder(): string {
    return join(this.folder, `data-${this.#folders++}`);
  }

  #pidOf({ data }: Server): number {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  #startServer({ data, port }: Server): Promise<void> {
    const flags = serverFlags(port, 'wal_retrieve_retry_interval=100ms');
    return this.#run(
      'pg_ctl',
      '-D',
      data,
      '-w',
      '-l',
      join(this.folder, `log-${port}`),
      '-o',
      flags,
      'start',
    );
  }

  /** Not one moment of the bank's, which may live in this process. */
  async #run(program: string, ...args: string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(join(this.programs, program), args, {
        cwd: this.folder,
        stdio: 'ignore',
        ...unprivileged(),
      });
      child.on('error', reject);
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
      );
    });
  }

  /** The rows of an answer, as psql prints them. */
  async #ask(text: string): Promise<string[]> {
    const { stdout } = await promisify(execFile)(
      join(this.programs, 'psql'),
      ['-d', this.primaryUrl, '-qXAt', '-c', text],
      { cwd: this.folder, ...unprivileged() },
    );
    return stdout.split('\n').filter((line) => line !== '');
  }

  async #until(text: string): Promise<void> {
    while ((await this.#ask(text)).length === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
