import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosignedAt, parseCheckpoint } from '../../../../sim/bank/ledger/checkpoint.js';
import { parseFork } from '../../../../sim/bank/ledger/fork.js';
import { parseSignatures, printNote, signaturesBy } from '../../../../sim/bank/ledger/note.js';
import { originHash, Witness } from '../../../../sim/bank/ledger/witness.js';
import { WitnessServer } from '../../../../sim/bank/server/witness-server.js';
import { SimEntropy } from '../../../../sim/chip/entropy.js';
import { type Head, HostileLog } from '../../../../sim/fuzz/hostile-log.js';
import { FileShelf } from '../../../../sim/host/file-shelf.js';
import { crypto } from '../world.js';
import { Cut, CutDisk } from './cut-disk.js';
import { MemoryShelf, NOW_S, text } from './market.js';

const KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(7));
const log = new HostileLog(crypto, 'a.example/log', 5, 24);
const other = new HostileLog(crypto, 'b.example/log', 5, 8);
const now_s = () => NOW_S;
const witnessWith = (shelf: MemoryShelf | FileShelf) =>
  new Witness(crypto, { name: 'w.example', key: KEY, logs: [log.key], shelf, now_s });

describe('a witness', () => {
  const shelf = new MemoryShelf();
  const witness = witnessWith(shelf);
  const server = new WitnessServer(witness, (error) => {
    throw error;
  });
  let url: string;
  beforeAll(async () => {
    url = await server.listen();
  });
  afterAll(() => server.close());

  const add = async (body: string) => {
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  const submit = async (old: number, history: number, size: number) =>
    add(await log.submission(old, { history, size }));
  const evidence = (kind: 'fork' | 'pair') => shelf.files.get(`${originHash(crypto, log.key.name)}.${kind}`);

  it('cosigns the first checkpoint of a log that it knows, and keeps it', async () => {
    const { status, type, body } = await submit(0, 0, 6);
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    const { note } = parseCheckpoint(log.note({ history: 0, size: 6 }))!;
    const signatures = parseSignatures(body)!;
    expect(cosignedAt(crypto, { text: note.text, signatures }, witness.vkey)).toBe(NOW_S);
    const kept = await (await fetch(`${url}/${originHash(crypto, log.key.name)}/checkpoint`)).text();
    expect(signaturesBy(parseCheckpoint(kept)!.note, witness.vkey)).toEqual(signatures);
    expect(printNote(note)).toBe(log.note({ history: 0, size: 6 }));
  });

  it('tells what it has seen to who does not know, and goes on from there', async () => {
    expect(await submit(0, 0, 9)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '6\n' });
    expect((await submit(6, 0, 9)).status).toBe(200);
    // The same again is no second history.
    expect((await submit(9, 0, 9)).status).toBe(200);
  });

  it('does not cosign a second history, and writes down a proof that there is one', async () => {
    for (const size of [9, 10, 24]) {
      expect((await submit(9, 1, size)).status).toBe(422);
      const fork = parseFork(crypto, text(evidence('fork')), log.key)!;
      expect([fork.older.size, fork.newer.size]).toEqual([9, size]);
      expect(parseFork(crypto, text(evidence('fork')), other.key)).toBeUndefined();
    }
    expect((await submit(9, 0, 16)).status).toBe(200);
  });

  it('keeps the pair where the log does not give away what it has in the place of a power of two', async () => {
    expect((await submit(16, 1, 20)).status).toBe(422);
    expect(text(evidence('pair'))).toContain(log.note({ history: 1, size: 20 }));
  });

  it('never goes back', async () => {
    expect((await submit(16, 0, 12)).status).toBe(400);
    expect((await submit(12, 0, 12)).status).toBe(409);
    expect((await submit(12, 0, 20)).body).toBe('16\n');
  });

  it('refuses what is no submission of a log that it knows', async () => {
    const good = await log.submission(16, { history: 0, size: 20 });
    expect((await add(await other.submission(0, { history: 0, size: 3 }))).status).toBe(404);
    expect((await add(good.replace('\n20\n', '\n21\n'))).status).toBe(403);
    const [, line] = good.split('\n');
    for (const [wrong, status] of [
      ['', 400],
      ['old 16\n', 400],
      [good.replace('old 16', 'old 016'), 400],
      [good.replace('old 16', 'old -1'), 400],
      [good.replace(line, `${line}=`), 400],
      [good.replace(line, Array(64).fill(line).join('\n')), 400],
      [good.replace(line, `${line}\n${line}`), 422],
      [good.replace(`${line}\n`, ''), 422],
    ] as const)
      expect((await add(wrong)).status).toBe(status);
    expect((await add('x'.repeat(70_000))).status).toBe(413);
    expect((await fetch(`${url}/add-checkpoint`)).status).toBe(404);
    expect((await fetch(`${url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404);
    expect((await add(good)).status).toBe(200);
  });

  it('says nothing more when it cannot read what it has said', async () => {
    const damaged = new MemoryShelf();
    damaged.files.set(originHash(crypto, log.key.name), new Uint8Array(5));
    const body = await log.submission(0, { history: 0, size: 3 });
    await expect(witnessWith(damaged).addCheckpoint(body)).rejects.toThrow(/cannot be read/);
  });
});

const LIVES = 500;
const CUTS_EACH = 2;
const SUBMISSIONS = 5;

describe('a witness whose power fails', () => {
  it('has never cosigned two heads that contradict each other, wherever its disk was', async () => {
    let cuts = 0;
    for (let seed = 1; seed <= LIVES; seed++) {
      const entropy = new SimEntropy(seed, 'cuts');
      const random = () => entropy.uint32() / 2 ** 32;
      const disk = new CutDisk(random, Math.floor(random() * 4 * SUBMISSIONS));
      const heads: Head[] = [];
      for (let life = 0; life <= CUTS_EACH; life++) {
        const witness = witnessWith(new FileShelf('/witness', disk));
        let old = 0;
        try {
          // Both histories ask, again and again; the last life has all the power that it wants.
          for (let i = 0; i < SUBMISSIONS || life < CUTS_EACH; i++) {
            const history = random() < 0.5 ? 0 : 1;
            const head = { history, size: Math.min(log.length, old + Math.floor(random() * 3)) };
            const { status, body } = await witness.addCheckpoint(await log.submission(old, head));
            if (status === 200) heads.push(head);
            if (status === 200) old = head.size;
            if (status === 409) old = Number(body);
          }
        } catch (error) {
          if (!(error instanceof Cut)) throw new Error(`seed ${seed}`, { cause: error });
          cuts++;
          disk.restart(
            life + 1 < CUTS_EACH ? Math.floor(random() * 4 * SUBMISSIONS) : Number.POSITIVE_INFINITY,
          );
        }
      }
      expect([seed, heads.length > 0 && log.contradiction(heads)]).toEqual([
        seed,
        heads.length > 0 ? undefined : false,
      ]);
    }
    expect(cuts).toBe(LIVES * CUTS_EACH);
  });
});
