import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { type Bill, BillKind, Means } from '../../../firmware/account/bill.js';
import type { BillLog } from '../../../firmware/account/bill-log.js';
import type { Platform } from '../../../firmware/account/decision.js';
import type { Faces } from '../../../firmware/account/face.js';
import { Pos, type Purchase, type Taken } from '../../../firmware/account/pos.js';
import type { SiteKey } from '../../../firmware/account/sealed-code.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import { faceUser, type User } from '../../../firmware/account/user-counts.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { codeRefusalCode, codeRefusalName, codeRefusalWords } from '../../../sim/account/refusal-words.js';
import { hex } from '../../../sim/bank/bytes.js';
import { nameOf, utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../files/output-file.js';
import { hexKey, publicKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type GivenLimit, terminalLimits } from '../terminal-limits.js';
import { loadDenyFiles, readWhitelist } from './deny-files.js';
import { joinSite, type SiteFlags, type SitePlace } from './join-site.js';
import { openTill, passingTill, type Till } from './till-folder.js';

/** Only one platform is given on a command line. */
const OPERATOR = 1;

/** A terminal and what is to be paid, however the user is known. */
export interface TakeFlags extends SiteFlags {
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

/** What a user has presented: how a point of sale takes it. */
export type Presented = (pos: Pos, purchase: Purchase, now_s: number, done: (taken: Taken) => void) => void;

/**
 * Waits for what a user presents, decides about it as a terminal does, and books a bill, which is in the
 * state's flash before it is said. `facesOf`: how a terminal of this platform takes faces. Throws CliError,
 * for each refusal too.
 */
export async function take(
  out: Output,
  flags: TakeFlags,
  present: () => Promise<Presented>,
  facesOf?: (platform: Platform) => Faces,
): Promise<void> {
  const write = jsonOutput(flags.json);
  if (flags.kind === 'sale' && flags.amount === 0)
    throw new CliError(Exit.usage, 'invalid-argument', '--amount 0: a sale is for more than nothing');
  const till =
    flags.state === undefined ? passingTill() : openTill('--state', flags.state, { mayMake: true });
  let site: SitePlace | undefined;
  try {
    const log = logOf(till, flags, timeOf(flags));
    const presented = await present();
    const now_s = timeOf(flags);
    site = await joinSite(flags, till.key, log);
    const platform = platformOf(flags);
    const pos = posOf(till, log, flags, platform, facesOf?.(platform), site);
    const purchase = { kind: BillKind[flags.kind], amount: flags.amount, place: flags.place };
    const taken = await new Promise<Taken>((done) => presented(pos, purchase, now_s, done));
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

const timeOf = ({ time }: TakeFlags): number => time ?? Math.floor(Date.now() / 1_000);

function platformOf({ platform, deny, whitelist }: TakeFlags): Platform {
  const key = publicKey('platform', platform, 'tapnote pos code --keys FOLDER');
  return {
    id: platformIdOf(crypto, key),
    publicKey: key,
    operator: OPERATOR,
    denied: loadDenyFiles(deny, key).loader,
    whitelist: whitelist === undefined ? undefined : new SerialSet(readWhitelist(whitelist)),
  };
}

function posOf(
  till: Till,
  log: BillLog,
  flags: TakeFlags,
  platform: Platform,
  faces: Faces | undefined,
  place: SitePlace | undefined,
): Pos {
  const { scene, tierMin } = flags;
  const who = { crypto, key: till.key, log, platforms: [platform], home: platform.publicKey };
  const site = siteKey(flags.siteKey);
  return new Pos({
    ...who,
    limits: terminalLimits(flags.limit),
    scene,
    tierMin,
    faces,
    pool: place?.hook,
    site,
  });
}

/** Of the terminal's site: the image of its signing key, whose seed is in the file. Throws CliError. */
function siteKey(path: string | undefined): SiteKey | undefined {
  if (path === undefined) return undefined;
  const seed = hexKey(path);
  if (!seed) throw new CliError(Exit.usage, 'site-key', `${path}: expected 64 hex digits`);
  const secret = crypto.x25519SecretOf(crypto.ed25519KeyFromSeed(seed));
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
}

const logOf = (till: Till, flags: TakeFlags, now_s: number): BillLog =>
  till.log(flags.lastSync ?? now_s, terminalLimits(flags.limit).clocksApart_s);

/** What the code of a payment says, where there is one. Amounts in minor units. */
interface CodeValue {
  readonly tier: number;
  readonly scene: number;
  readonly quota: number;
  readonly notAfter_s: number;
  readonly created_s: number;
  readonly validity_s: number;
  readonly counter: number;
}

/** A payment that was taken, for programs. Amounts in minor units. */
interface TakenValue extends Partial<CodeValue> {
  readonly accepted: true;
  /** The terminal, and its number of the bill. */
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly amount: number;
  readonly time_s: number;
  /** How the user was known: "code", "card" or "face". */
  readonly means: string;
  readonly platform: Uint8Array;
  readonly pseudonym: Uint8Array;
  /** Of the certificate; with a face, the account's number in the platform's list. */
  readonly serial: number;
  /** By this user at this terminal since its last upload, with this one. */
  readonly payments: number;
  readonly paid: number;
}

function takenValue(bill: Bill, { log, counts }: Pos): TakenValue {
  const { terminal, sequence, amount, time_s, means, platform, pseudonym, serial } = bill;
  const user = means === Means.face ? faceUser(platform, serial) : bill;
  const { payments, amount: paid } = counts.of(user satisfies User);
  return {
    ...{ accepted: true, terminal, sequence, amount, time_s, means: nameOf(Means, means) },
    ...{ platform, pseudonym, serial, ...codeValue(log.booked(sequence).evidence), payments, paid },
  };
}

function codeValue(evidence: Uint8Array): CodeValue | undefined {
  const code = AccountCode.fromBytes(evidence);
  if (!code) return undefined;
  const { tier, scene, quota, notAfter_s } = code.certificate;
  const { created_s, validity_s, counter } = code;
  return { tier, scene, quota, notAfter_s, created_s, validity_s, counter };
}

function takenLines(taken: TakenValue): string[] {
  const { amount, pseudonym, serial, quota, created_s, notAfter_s, counter, payments, paid } = taken;
  const platform = `platform ${hex(taken.platform)}`;
  const isByCode = created_s !== undefined && notAfter_s !== undefined;
  const soFar = `here so far ${paid} in ${payments === 1 ? '1 payment' : `${payments} payments`}`;
  return [
    isByCode
      ? `taken: ${amount} from user ${hex(pseudonym)}, certificate ${serial} of ${platform}`
      : `taken: ${amount} by face from account ${serial} of ${platform}`,
    `  bill ${taken.sequence} of terminal ${hex(taken.terminal)}`,
    ...(isByCode ? [`  code ${counter}, made ${utc(created_s)}, certified until ${utc(notAfter_s)}`] : []),
    `  ${soFar}${isByCode ? `, of a quota of ${quota}` : ''}`,
  ];
}
