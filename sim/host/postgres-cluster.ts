import { execFileSync, type SpawnSyncOptions } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Where Debian puts the server's own programs; the newest version that is there. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).filter((name) => existsSync(join(DEBIAN, name, 'bin/initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest && join(DEBIAN, newest, 'bin');
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** PostgreSQL does not run as root: then the user of Debian's package runs it. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const USER = 'tapnote';
/** Of `initdb`. */
export const NEW_CLUSTER = ['-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'];

/** Settings of a server on the loopback interface, as `pg_ctl -o` takes them. */
export const serverFlags = (port: number, ...more: readonly string[]): string =>
  ['listen_addresses=127.0.0.1', `port=${port}`, "unix_socket_directories=''", 'fsync=off', ...more]
    .map((setting) => `-c ${setting}`)
    .join(' ');

/** Of the database that each cluster has. `where`: one host and port, or several with commas between them. */
export const databaseUrl = (where: string): string => `postgres://${USER}@${where}/postgres`;

export interface Cluster {
  readonly url: string;
  /** Of the server that has the others for children. */
  readonly pid: number;
  /** It vanishes as in a crash, and comes back. */
  kill(): void;
  restart(): void;
  /** For good. */
  stop(): void;
}

/**
 * A cluster of its own in a new folder, on a free port of the loopback interface; gone without a trace after
 * `stop`. `more`: settings. `make`: puts a cluster into the folder that it is given (default: a new one).
 */
export async function startPostgres(
  programs: string,
  more: readonly string[] = [],
  make?: (data: string) => void,
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const options: SpawnSyncOptions = { cwd: folder, stdio: 'ignore', ...user };
  const data = join(folder, 'data');
  const run = (program: string, ...args: string[]) =>
    void execFileSync(join(programs, program), args, options);
  const port = await freePort();
  if (make) make(data);
  else run('initdb', '-D', data, ...NEW_CLUSTER);
  const settings = serverFlags(port, ...more);
  const start = () => run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', settings, 'start');
  const kill = () => run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop');
  start();
  const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  return {
    pid: Number(pid),
    url: databaseUrl(`127.0.0.1:${port}`),
    kill,
    restart: start,
    stop() {
      kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
