import { existsSync } from 'node:fs';
import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import type { DenyLoader } from '../../../firmware/account/deny-list.js';
import { DenyKind, DenyPart } from '../../../firmware/account/deny-part.js';
import { concat } from '../../../firmware/bytes.js';
import { DENY_BODY_BYTES_MAX, DENY_PART_BYTES } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { MqttDenyParts } from '../../../sim/host/pool-mqtt.js';
import { utc } from '../../../sim/words.js';
import { bankAt } from '../bank/bank-at.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { publicKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { loadDenyFiles } from './deny-files.js';

export interface FetchDenyFlags {
  readonly platform: string;
  readonly bank?: string;
  readonly gateway?: string;
  readonly site?: string;
}

/** What a site keeps comes at once, when it comes. */
const FIRST_MS = 3_000;
const NEXT_MS = 300;
/** Of a whole list and of as many deltas as it bears. */
const PARTS_MAX = (2 * DENY_BODY_BYTES_MAX) / DENY_PART_BYTES;

/**
 * `tapnote pos deny-list fetch`: brings the signed list in a file up to date, from the platform or from the
 * gateway of a site. Each part is checked as a terminal checks it, and the file changes to a newer list
 * alone. Throws CliError.
 */
export async function fetchDeny(out: Output, path: string, flags: FetchDenyFlags): Promise<void> {
  const key = publicKey('platform', flags.platform, 'tapnote bank platform');
  const file = OutputFile.check('FILE', path);
  const paths = existsSync(path) ? [path] : [];
  const { loader, parts: held } = loadDenyFiles(paths, key);
  const { version: before } = loader.list;
  const parts = next(loader, held, await brought(flags, key, before));
  const { version, time_s, count } = loader.list;
  if (version === 0) throw new CliError(Exit.absent, 'deny-none', 'no signed list of this platform came');
  if (version > before) file.write(concat(...parts.map(({ bytes }) => bytes)));
  const what = version > before ? `version ${version}` : `nothing newer than version ${version}`;
  out.line(`${path}: ${what} of ${utc(time_s)}, ${count} denied`);
}

function brought(
  { bank, gateway, site }: FetchDenyFlags,
  key: Uint8Array,
  version: number,
): Promise<DenyPart[]> {
  if (bank !== undefined && gateway === undefined) return fromBank(bank, key, version);
  if (bank === undefined && gateway !== undefined && site !== undefined) return fromSite(gateway, site, key);
  const ways = 'one of --bank URL and --gateway URL --site NAME is needed';
  throw new CliError(Exit.usage, 'missing-option', ways);
}

async function fromBank(url: string, key: Uint8Array, version: number): Promise<DenyPart[]> {
  const answer = (await bankAt(url).denyParts(platformIdOf(crypto, key), version)) as { parts?: unknown };
  const given = Array.isArray(answer.parts) ? answer.parts : [undefined];
  return given.map((bytes: unknown) => {
    const part = bytes instanceof Uint8Array && DenyPart.parse(bytes);
    if (part) return part;
    throw new CliError(Exit.violated, 'deny-malformed', `${url} answers what is no deny list`);
  });
}

/** What is signed of all that lies at the broker, each part once. */
async function fromSite(url: string, site: string, key: Uint8Array): Promise<DenyPart[]> {
  const parts = new Map<string, DenyPart>();
  let heard = (): void => {};
  const lists = new MqttDenyParts(url, site, platformIdOf(crypto, key), (part) => {
    const name = `${part.version} ${part.part}`;
    if (parts.size >= PARTS_MAX || parts.has(name) || !part.verify(crypto, key)) return;
    parts.set(name, part);
    heard();
  });
  await new Promise<void>((done) => {
    let timer = setTimeout(done, FIRST_MS);
    heard = () => {
      clearTimeout(timer);
      timer = setTimeout(done, NEXT_MS);
    };
  });
  await lists.close();
  return [...parts.values()].sort((a, b) => a.version - b.version || a.part - b.part);
}

/**
 * Has `loader` take what is newer, and returns the parts that make its list: `held`, and what came behind it
 * or in its place. A list of which a part is missing, and a delta on another one, change nothing.
 */
function next(loader: DenyLoader, held: readonly DenyPart[], came: readonly DenyPart[]): readonly DenyPart[] {
  let [kept, coming]: [readonly DenyPart[], DenyPart[]] = [held, []];
  for (const part of came) {
    if (part.part === 0) coming = [];
    coming.push(part);
    if (loader.take(part.bytes) || loader.list.version !== part.version) continue;
    kept = part.kind === DenyKind.delta ? [...kept, ...coming] : coming;
  }
  return kept;
}
