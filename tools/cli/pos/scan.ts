import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { type Bill, BillKind } from '../../../firmware/account/bill.js';
import type { BillLog } from '../../../firmware/account/bill-log.js';
import type { PoolHook } from '../../../firmware/account/pool-hook.js';
import { Pos, type Taken } from '../../../firmware/account/pos.js';
import type { SiteKey } from '../../../firmware/account/sealed-code.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { codeRefusalCode, codeRefusalName, codeRefusalWords } from '../../../sim/account/refusal-words.js';
import { scanned } from '../../../sim/account/scanned.js';
import { hex } from '../../../sim/bank/bytes.js';
import { utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../files/output-file.js';
import { hexKey, publicKey } from '../files/public-key.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type GivenLimit, terminalLimits } from '../terminal-limits.js';
import { loadDenyFiles, readWhitelist } from './deny-files.js';
import { joinSite, type SiteFlags, type SitePlace } from './join-site.js';
import { readCodes } from './qr-reader.js';
import { openTill, passingTill, type Till } from './till-folder.js';

const PREFIX = 'TN1:';
/** Photographs are smaller. */
const PICTURE_BYTES_MAX = 16_000_000;
/** Only one platform is given on a command line. */
const OPERATOR = 1;

export interface ScanFlags extends SiteFlags {
  readonly platform: string;
  readonly amount: number;
  readonly kind: 'sale' | 'entry' | 'exit';
  readonly place: number;
  readonly time?: number;
  readonly lastSync?: number;
  readonly scene: number;
  readonly tierMin: number;
  readonly limit: readonly GivenLimit[];
  /** Signed deny lists and deltas, in order. */
  readonly deny: readonly string[];
  readonly whitelist?: string;
  readonly state?: string;
  readonly siteKey?: string;
  readonly json?: string;
}

/**
 * `tapnote pos scan`: reads a code, decides about it as a terminal does, and books a bill. It is in the
 * state's flash before it is said. Throws CliError, for each refusal too.
 */
export async function scan(out: Output, given: string, flags: ScanFlags): Promise<void> {
  const write = jsonOutput(flags.json);
  if (flags.kind === 'sale' && flags.amount === 0)
    throw new CliError(Exit.usage, 'invalid-argument', '--amount 0: a sale is for more than nothing');
  const till =
    flags.state === undefined ? passingTill() : openTill('--state', flags.state, { mayMake: true });
  let site: SitePlace | undefined;
  try {
    const now_s = flags.time ?? Math.floor(Date.now() / 1_000);
    const log = logOf(till, flags, now_s);
    const text = await textOf(given);
    site = await joinSite(flags, till.key, log);
    const pos = posOf(till, log, flags, site?.hook);
    const purchase = { kind: BillKind[flags.kind], amount: flags.amount, place: flags.place };
    const taken = await new Promise<Taken>((done) => pos.scan(purchase, now_s, scanned(text), done));
    if (taken.refusal !== undefined) {
      const { refusal } = taken;
      write?.({ accepted: false, refusal: codeRefusalName(refusal), time_s: now_s });
      throw new CliError(Exit.violated, codeRefusalCode(refusal), codeRefusalWords(refusal));
    }
    const value = { ...takenValue(taken.bill, pos), pooled: site !== undefined && !site.decidedAlone };
    if (flags.json !== STANDARD_OUTPUT) {
      for (const line of takenLines(value)) out.line(line);
      if (flags.state === undefined) out.line('  not kept, and the code not remembered: no --state');
      if (site?.decidedAlone)
        out.line('  decided alone: no gateway of this --site and --gateway-key has answered this terminal');
    }
    write?.(value);
    while (pos.log.tidy());
  } finally {
    await site?.close();
    till.close();
  }
}

function posOf(till: Till, log: BillLog, flags: ScanFlags, pool: PoolHook | undefined): Pos {
  const key = publicKey('platform', flags.platform, 'tapnote pos code --keys FOLDER');
  const platform = {
    id: platformIdOf(crypto, key),
    publicKey: key,
    operator: OPERATOR,
    denied: loadDenyFiles(flags.deny, key).loader,
    whitelist: flags.whitelist === undefined ? undefined : new SerialSet(readWhitelist(flags.whitelist)),
  };
  const { scene, tierMin } = flags;
  const limits = terminalLimits(flags.limit);
  const who = { crypto, key: till.key, log, platforms: [platform], home: key };
  return new Pos({ ...who, limits, scene, tierMin, pool, site: siteKey(flags.siteKey) });
}

/** Of the terminal's site: the image of its signing key, whose seed is in the file. Throws CliError. */
function siteKey(path: string | undefined): SiteKey | undefined {
  if (path === undefined) return undefined;
  const seed = hexKey(path);
  if (!seed) throw new CliError(Exit.usage, 'site-key', `${path}: expected 64 hex digits`);
  const secret = crypto.x25519SecretOf(crypto.ed25519KeyFromSeed(seed));
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
}

const logOf = (till: Till, flags: ScanFlags, now_s: number): BillLog =>
  till.log(flags.lastSync ?? now_s, terminalLimits(flags.limit).clocksApart_s);

/** The text of a code: given itself, in a file, or in a picture. Throws CliError. */
async function textOf(given: string): Promise<string> {
  if (given.startsWith(PREFIX)) return given;
  const bytes = readUserFile(given, PICTURE_BYTES_MAX);
  const start = Buffer.from(bytes.subarray(0, PREFIX.length)).toString('latin1');
  // A blank at the end belongs to the code.
  if (start === PREFIX)
    return Buffer.from(bytes)
      .toString('latin1')
      .replace(/\r?\n$/, '');
  const found = await readCodes(bytes);
  if (!found)
    throw new CliError(
      Exit.usage,
      'picture-unreadable',
      `${given}: it is no picture, nor the text of a code`,
    );
  const ours = found.filter((text) => text.startsWith(PREFIX));
  if (ours.length > 1)
    throw new CliError(Exit.usage, 'picture-crowd', `${given}: there are ${ours.length} codes in it`);
  const text = ours.at(0) ?? found.at(0);
  if (text !== undefined) return text;
  throw new CliError(Exit.usage, 'picture-without-code', `${given}: no QR code is found in it`);
}

/** A payment that was taken, for programs. Amounts in minor units. */
interface TakenValue {
  readonly accepted: true;
  /** The terminal, and its number of the bill. */
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly amount: number;
  readonly time_s: number;
  readonly platform: Uint8Array;
  readonly pseudonym: Uint8Array;
  readonly serial: number;
  readonly tier: number;
  readonly scene: number;
  readonly quota: number;
  readonly notAfter_s: number;
  readonly created_s: number;
  readonly validity_s: number;
  readonly counter: number;
  /** By this user at this terminal since its last upload, with this one. */
  readonly payments: number;
  readonly paid: number;
}

function takenValue({ terminal, sequence, amount, time_s }: Bill, { log, counts }: Pos): TakenValue {
  const code = AccountCode.fromBytes(log.booked(sequence).evidence);
  if (!code) throw new RangeError(`bill ${sequence} has no code`);
  const { platform, pseudonym, serial, tier, scene, quota, notAfter_s } = code.certificate;
  const { created_s, validity_s, counter } = code;
  const { payments, amount: paid } = counts.of(code.certificate);
  return {
    ...{ accepted: true, terminal, sequence, amount, time_s, platform, pseudonym, serial, tier, scene },
    ...{ quota, notAfter_s, created_s, validity_s, counter, payments, paid },
  };
}

const takenLines = (taken: TakenValue): string[] => [
  `taken: ${taken.amount} from user ${hex(taken.pseudonym)}, certificate ${taken.serial} of platform ${hex(taken.platform)}`,
  `  bill ${taken.sequence} of terminal ${hex(taken.terminal)}`,
  `  code ${taken.counter}, made ${utc(taken.created_s)}, certified until ${utc(taken.notAfter_s)}`,
  `  here so far ${taken.paid} in ${taken.payments === 1 ? '1 payment' : `${taken.payments} payments`}, of a quota of ${taken.quota}`,
];
