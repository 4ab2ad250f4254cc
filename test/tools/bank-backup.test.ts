import { execFileSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Cluster,
  postgresPrograms,
  startPostgres,
  unprivileged,
} from '../../sim/host/postgres-cluster.js';
import { type Served, serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const URL_SAID = /^bank: (\S+)\n.*Ctrl-C/ms;
const programs = postgresPrograms();
const skipped = skipWithout(programs !== undefined, 'PostgreSQL');

/** The counter of a bank that is served. */
const counterOf = (bank: Started, token: string) => ({
  run: (...args: string[]) => tapnote(['bank', ...args, '--bank', bank.found, '--token-file', token]),
  async told(...args: string[]) {
    return JSON.parse((await this.run(...args, '--json')).out);
  },
});

describe('a backup of a bank in a folder', () => {
  const [data, again, file] = [temporary('backed-up'), temporary('put-back'), temporary('bank.tar.gz')];
  const startAt = (folder: string) =>
    startTapnote(['bank', 'serve', '--data', folder, '--port', '0'], URL_SAID);
  let bank: Started;
  let device: Served;
  beforeAll(async () => {
    bank = await startAt(data);
    device = await serve(['--simulate']);
  });
  afterAll(async () => {
    await device.kill();
    await bank.end('SIGTERM');
  });

  it('puts its books back, with its keys, to when it was made', async () => {
    const before = counterOf(bank, `${data}/counter-token`);
    const state = {
      XDG_STATE_HOME: temporary('backup-state'),
      TAPNOTE_COUNTER_TOKEN_FILE: `${data}/counter-token`,
    };
    const at = ['--port', device.port, '--bank', bank.found];
    const made = await tapnote(['provision', ...at, '--name', 'Mei', '--amount', '700'], state);
    expect(`${made.status} ${made.err}`).toBe('0 ');
    const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(made.out)!;
    expect((await before.run('backup', '-o', file)).status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await before.run('deposit', account, '55');
    expect(await bank.end('SIGKILL')).toBe(null);

    const put = await tapnote(['bank', 'restore', file, '--data', again]);
    expect(`${put.status} ${put.err}`).toBe('0 ');
    expect(put.out).toContain('with 1 devices');
    copyFileSync(`${data}/counter-token`, `${again}/counter-token`);
    const [, root] = /root key: (\w+)/.exec(bank.said())!;
    bank = await startAt(again);
    expect(bank.said()).toContain(`root key: ${root}`);
    const after = counterOf(bank, `${again}/counter-token`);
    expect(await after.told('statement', account)).toMatchObject({ available: 0, offline: 700 });
    expect(await after.told('resuming')).toEqual([{ device: id, account: Number(account), ahead_s: null }]);
    const synced = await tapnote(['sync', '--port', device.port, '--bank', bank.found]);
    expect(`${synced.status} ${synced.err}`).toBe('0 ');
    expect((await after.run('resuming')).out).toBe('all have\n');
    expect((await after.run('audit')).status).toBe(0);
    expect((await after.run('recover', id, '--handed-in')).err).toContain('[bank-not-lost]');
  });

  it('is not put where a bank is, and what is no whole backup is put nowhere', async () => {
    const restore = async (path: string, folder: string) => {
      const { status, err } = await tapnote(['bank', 'restore', path, '--data', folder]);
      return `${status} ${/\[([a-z-]+)\]\n$/.exec(err)?.[1]}`;
    };
    const whole = readFileSync(file);
    const flipped = Uint8Array.from(whole);
    flipped[whole.length >> 1] ^= 1;
    const nowhere = temporary('nowhere');
    for (const bytes of [whole.subarray(0, whole.length >> 1), flipped, new Uint8Array(0)])
      expect(await restore(temporary('damaged.tar.gz', bytes), nowhere)).toBe('2 backup-damaged');
    const other = execFileSync('tar', ['-czf', '-', '-C', temporary('.'), 'damaged.tar.gz']);
    expect(await restore(temporary('other.tar.gz', other), nowhere)).toBe('2 backup-damaged');
    expect(existsSync(`${nowhere}/bank`)).toBe(false);
    expect(await restore(temporary('missing'), nowhere)).toBe('2 file-missing');
    expect(await restore(file, again)).toBe('2 bank-folder');
    expect((await tapnote(['bank', 'restore', file])).err).toContain('[missing-option]');
  });
});

/** What sim/bank/BACKUP.md tells a user to do. */
describe.skipIf(skipped)('a bank on PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-archive-'));
  const [archive, base, token] = [join(folder, 'archive'), join(folder, 'base'), join(folder, 'token')];
  const user = unprivileged();
  let cluster: Cluster;
  let bank: Started;
  const run = (program: string, ...args: string[]) =>
    execFileSync(join(programs!, program), args, { cwd: archive, encoding: 'utf8', ...user }).trim();
  const ask = (text: string) => run('psql', '-d', cluster.url, '-qXAt', '-c', text);
  const serveOn = ({ url }: Cluster) =>
    startTapnote(['bank', 'serve', '--database', url, '--token-file', token, '--port', '0'], URL_SAID);

  beforeAll(async () => {
    mkdirSync(archive);
    if (user) for (const path of [folder, archive]) chownSync(path, user.uid, user.gid);
    cluster = await startPostgres(programs!, ['archive_mode=on', `"archive_command=cp %p ${archive}/%f"`]);
    bank = await serveOn(cluster);
  });
  afterAll(async () => {
    await bank.end('SIGTERM');
    cluster.stop();
    rmSync(folder, { recursive: true });
  });

  it('is put back to any time by its base backup and the archive, and goes on', async () => {
    const before = counterOf(bank, token);
    const { account } = await before.told('account', 'Mei');
    run('pg_basebackup', '-D', base, '-d', cluster.url, '-c', 'fast');
    await before.run('deposit', `${account}`, '100');
    const time = ask('select clock_timestamp()');
    await before.run('deposit', `${account}`, '900');
    const last = ask('select pg_walfile_name(pg_switch_wal())');
    await expect.poll(() => existsSync(join(archive, last)), { timeout: 60_000 }).toBe(true);
    await bank.end('SIGTERM');
    cluster.stop();

    const goal = [`recovery_target_time=${time}`, 'recovery_target_action=promote'];
    const settings = [`"restore_command=cp ${archive}/%f %p"`, ...goal.map((each) => `"${each}"`)];
    cluster = await startPostgres(programs!, settings, (data) => {
      execFileSync('cp', ['-a', base, data]);
      writeFileSync(join(data, 'recovery.signal'), '');
      if (user) chownSync(join(data, 'recovery.signal'), user.uid, user.gid);
    });
    await expect
      .poll(async () => (await tapnote(['bank', 'restore', '--database', cluster.url])).status, {
        timeout: 60_000,
      })
      .toBe(0);
    bank = await serveOn(cluster);
    const after = counterOf(bank, token);
    expect(await after.told('statement', `${account}`)).toMatchObject({ available: 100 });
    await after.run('deposit', `${account}`, '900');
    expect(await after.told('statement', `${account}`)).toMatchObject({ available: 1_000 });
    expect((await after.run('audit')).status).toBe(0);
    expect((await after.run('backup', '-o', temporary('none'))).err).toContain('[bank-backup]');
  });

  it('is not marked where there are no books', async () => {
    expect((await tapnote(['bank', 'restore', '--database', 'postgres://x@127.0.0.1:1/y'])).status).toBe(3);
  });
});
