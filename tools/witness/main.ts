/**
 * `npm run check:witness -- --kills N`: a witness in a process of its own is killed again and again, while a
 * log shows it two histories. It must never have cosigned two heads that contradict each other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { printVerifierKey } from '../../sim/bank/ledger/note.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { type Head, HostileLog } from '../../sim/fuzz/hostile-log.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { table } from '../cli/output/table.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { natural, positive } from '../fuzz/natural.js';

const TAPNOTE = fileURLToPath(new URL('../tapnote.mjs', import.meta.url));
const SHARED = 5;
const LENGTH = 4_000;
/** After the first answer, so long at the most until the process is killed. */
const LIFE_MS_MAX = 2_000;

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
}

function serve(folder: string, log: HostileLog): Promise<Served> {
  const args = [
    '--data',
    folder,
    '--name',
    'witness.example',
    '--log',
    printVerifierKey(log.key),
    '--port',
    '0',
  ];
  const child = spawn(process.execPath, [TAPNOTE, 'ledger', 'witness', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString('utf8');
      const [, url] = /^witness: (\S+)\n/m.exec(said) ?? [];
      if (url !== undefined) resolve({ url, child });
    });
    child.on('exit', (status) => reject(new Error(`the witness ended with ${status}`)));
  });
}

/** Shows both histories until the witness is gone; what it has cosigned. */
async function ask(
  { url, child }: Served,
  log: HostileLog,
  random: (below: number) => number,
): Promise<Head[]> {
  const heads: Head[] = [];
  let old = 0;
  // What was asked of a process that is gone is not waited for.
  const gone = once(child, 'exit').then(() => undefined);
  setTimeout(() => child.kill('SIGKILL'), random(LIFE_MS_MAX));
  for (;;) {
    const head = { history: random(2), size: Math.min(log.length, old + random(4)) };
    const answer = await Promise.race([post(url, await log.submission(old, head)), gone]);
    if (!answer) return heads;
    if (answer.status === 200) heads.push(head);
    if (answer.status === 200) old = head.size;
    if (answer.status === 409) old = Number(answer.body);
  }
}

/** Undefined when nobody answers. */
async function post(url: string, body: string): Promise<{ status: number; body: string } | undefined> {
  try {
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return { status: response.status, body: await response.text() };
  } catch {
    return undefined;
  }
}

async function check({ kills, seed }: { kills: number; seed: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-witness-'));
  const entropy = new SimEntropy(seed, 'check:witness');
  const random = (below: number) => entropy.uint32() % below;
  const log = new HostileLog(opensslCrypto, 'hostile.example/log', SHARED, LENGTH);
  const heads: Head[] = [];
  try {
    for (let killed = 0; killed < kills; killed++)
      heads.push(...(await ask(await serve(folder, log), log, random)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [one, other] = log.contradiction(heads) ?? [];
  for (const line of table([
    ['kills', `${kills}`],
    ['heads that were cosigned', `${heads.length}`],
    ['leaves of the longest', `${Math.max(0, ...heads.map(({ size }) => size))}`],
  ]))
    console.log(line);
  if (one && other)
    console.log(`fault: history ${one.history} of ${one.size} and ${other.history} of ${other.size}`);
  else console.log('none contradicts another');
  process.exitCode = one ? Exit.violated : Exit.fine;
}

const command = commandLine('check:witness')
  .description('a witness that is killed again and again, while a log shows it two histories')
  .option('--kills <n>', 'so often', positive, 20)
  .option('--seed <n>', 'of what it is shown; where a kill meets it is chance', natural, 1)
  .addHelpText('after', EXIT_HELP)
  .action(check);

await runCommand(command);
