import { makeDenyDelta, makeDenyList } from '../../../firmware/account/deny-make.js';
import { DenyKind, type DenyPart } from '../../../firmware/account/deny-part.js';
import { concat } from '../../../firmware/bytes.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { nameOf, utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { jsonOutput, OutputFile, STANDARD_OUTPUT } from '../files/output-file.js';
import { publicKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { demoKeys } from './demo-keys.js';
import { loadDenyFiles, readSerials } from './deny-files.js';

export interface MakeDenyFlags {
  readonly keys: string;
  readonly serials: string;
  readonly kind: 'bitmap' | 'list' | 'filter';
  /** Version of the list. */
  readonly edition: number;
  readonly issued: readonly [first: number, last: number];
  readonly time?: number;
  readonly before?: string;
  readonly base?: number;
  readonly out: string;
}

/** `tapnote pos deny-list make`: signs a deny list, or a delta, as a platform does. Throws CliError. */
export function makeDeny(out: Output, flags: MakeDenyFlags): void {
  const file = OutputFile.check('--out', flags.out);
  const denied = readSerials(flags.serials);
  const before = flags.before === undefined ? undefined : readSerials(flags.before);
  const { platform } = demoKeys(flags.keys);
  const parts = fitting(() => partsOf(flags, platform, denied, before));
  file.write(concat(...parts.map(({ bytes }) => bytes)));
  const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0);
  const [{ kind, version, count, bodyBytes }] = parts;
  const what =
    kind === DenyKind.delta
      ? `a delta to version ${version}`
      : `a ${nameOf(DenyKind, kind)}, version ${version}`;
  out.line(`${flags.out}: ${what}, ${count} denied`);
  out.line(`${bodyBytes} bytes in ${parts.length} signed parts: ${bytes} bytes`);
}

function partsOf(
  { kind, edition: version, issued, time, base }: MakeDenyFlags,
  key: Uint8Array,
  denied: readonly number[],
  before: readonly number[] | undefined,
): DenyPart[] {
  const edition = { version, time_s: time ?? Math.floor(Date.now() / 1_000) };
  const [first, last] = issued;
  if (!before) return makeDenyList(crypto, key, edition, DenyKind[kind], denied, { first, last });
  const [now, then] = [new Set(denied), new Set(before)];
  const added = denied.filter((serial) => !then.has(serial));
  const removed = before.filter((serial) => !now.has(serial));
  return makeDenyDelta(crypto, key, edition, base ?? version - 1, denied.length, { added, removed });
}

/** What does not go into a list of this kind is the caller's. */
function fitting<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(Exit.usage, 'deny-number', error.message);
    throw error;
  }
}

export interface CheckDenyFlags {
  readonly platform: string;
  readonly serial: readonly number[];
  readonly json?: string;
}

/**
 * `tapnote pos deny-list check`: takes signed files as a terminal does, and looks numbers up. Throws
 * CliError.
 */
export function checkDeny(out: Output, paths: readonly string[], flags: CheckDenyFlags): void {
  const write = jsonOutput(flags.json);
  const key = publicKey('platform', flags.platform, 'tapnote pos code --keys FOLDER');
  const { loader, parts } = loadDenyFiles(paths, key);
  const { version, time_s, count } = loader.list;
  const kinds = parts.filter(({ part }) => part === 0).map(({ kind }) => nameOf(DenyKind, kind));
  const serials = flags.serial.map((serial) => ({ serial, denied: loader.list.has(serial) }));
  if (flags.json !== STANDARD_OUTPUT) {
    out.line(`version ${version} of ${utc(time_s)}: ${count} denied (${kinds.join(', ')})`);
    for (const { serial, denied } of serials) out.line(`${serial}: ${denied ? 'denied' : 'not denied'}`);
  }
  write?.({ version, time_s, count, kinds, serials });
}
