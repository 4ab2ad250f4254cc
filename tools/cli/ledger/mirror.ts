import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { MirrorError, mirrorLog, POLICY, type Source } from '../../../sim/bank/ledger/mirror.js';
import type { Policy } from '../../../sim/bank/ledger/policy.js';
import { FileShelf } from '../../../sim/host/file-shelf.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { policyIn, readPolicy } from '../files/policy-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { copyFolder } from './folders.js';

const ANSWER_MS_MAX = 30_000;
/** A tile of hashes, a bundle of entries, or a ciphertext of 256 leaves; and some. */
const FILE_BYTES_MAX = 65_536;

/** Copies the logs of the bank at `url`. `policies`: files of those that are believed. */
export async function mirror(
  out: Output,
  url: string,
  folder: string,
  policies: readonly string[],
): Promise<Exit> {
  OutputFile.checkFolder('--to', folder);
  const known = policies.map(readPolicy);
  const base = url.replace(/\/$/, '');
  const list = await sourceAt(`${base}/ledger`)('');
  const operators = new TextDecoder()
    .decode(list)
    .split('\n')
    .filter((line) => /^[1-9]\d{0,4}$/.test(line));
  if (operators.length === 0)
    throw new CliError(Exit.absent, 'no-ledger', `${url}: no logs are served there`);
  let exit: Exit = Exit.fine;
  for (const operator of operators) {
    const own = copyFolder(folder, operator);
    const source = sourceAt(`${base}/ledger/${operator}/`);
    const { policy, isNew } = await policyFor(source, own, known);
    try {
      const { origin, size, fresh, forgotten } = await mirrorLog(
        opensslCrypto,
        policy,
        source,
        new FileShelf(own),
      );
      const gone = forgotten === 0 ? '' : `, ${forgotten} ciphertexts of them are deleted there`;
      out.line(`${own}: ${origin}, ${size} leaves, ${fresh} new${gone}`);
      if (isNew)
        out.line(`  its policy is the bank’s own word: compare ${own}/${POLICY} with somebody else’s`);
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      exit = Exit.violated;
      const kept = error.proof === undefined ? '' : `; the proof of it: ${keep(own, error.proof)}`;
      out.line(`${own}: ${error.message}${kept} [ledger-${error.code}]`);
    }
  }
  return exit;
}

function keep(own: string, proof: string): string {
  const path = `${own}.tlog-fork`;
  OutputFile.check('the proof', path).write(proof);
  return path;
}

/** The one that a user has named for this log, or that the copy has; at first, what the bank says itself. */
async function policyFor(
  source: Source,
  own: string,
  known: readonly Policy[],
): Promise<{ policy: Policy; isNew: boolean }> {
  const shelf = new FileShelf(own);
  const stored = await shelf.read(POLICY);
  const text = new TextDecoder().decode(stored ?? (await source(POLICY)));
  if (text === '') throw new CliError(Exit.absent, 'no-ledger', `${own}: the log shows nothing yet`);
  const told = policyIn(own, text);
  const named = known.find(({ logs }) => logs.some(({ name }) => told.logs.some((log) => log.name === name)));
  if (known.length > 0 && !named)
    throw new CliError(Exit.usage, 'policy', `none of the policies is of the log ${told.logs[0]?.name}`);
  if (!stored) await shelf.write(POLICY, new TextEncoder().encode(text));
  return { policy: named ?? told, isNew: !stored && !named };
}

const sourceAt =
  (prefix: string): Source =>
  async (path) => {
    const response = await fetch(prefix + path, { signal: AbortSignal.timeout(ANSWER_MS_MAX) }).catch(
      (error: Error) => {
        throw new CliError(Exit.absent, 'bank-unreachable', `${prefix} cannot be reached: ${error.message}`);
      },
    );
    if (response.status === 404) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok || bytes.length > FILE_BYTES_MAX)
      throw new CliError(Exit.absent, 'bank-unreachable', `${prefix}${path}: HTTP ${response.status}`);
    return bytes;
  };
