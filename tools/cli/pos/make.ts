import { randomBytes } from 'node:crypto';
import { AccountCertificate, PSEUDONYM_BYTES } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { SEAL_BYTES, sealCode } from '../../../firmware/account/sealed-code.js';
import { sameBytes, u32 } from '../../../firmware/bytes.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { publicKey } from '../files/public-key.js';
import { readUserFile } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { type DemoKeys, demoKeys } from './demo-keys.js';
import { blocksOf, pictureOf, pngOf, qrVersion, svgOf } from './qr-picture.js';

export interface CodeFlags {
  readonly keys: string;
  readonly counter: number;
  readonly valid: number;
  readonly amount?: number;
  readonly quota: number;
  readonly tier: number;
  readonly scene: number;
  readonly serial: number;
  readonly time?: number;
  readonly certified: number;
  readonly out?: string;
  readonly scale: number;
  readonly show?: boolean;
  readonly seal?: string;
  readonly certificate?: string;
}

/** `tapnote pos code`: a platform certifies a user, and the user makes a code. Throws CliError. */
export function makeCode(out: Output, flags: CodeFlags): void {
  const write = flags.out === undefined ? undefined : pictureFile(flags.out);
  const keys = demoKeys(flags.keys);
  const now_s = flags.time ?? Math.floor(Date.now() / 1_000);
  const code = wrongNumbers(() => {
    const certificate =
      flags.certificate === undefined
        ? certified(keys, now_s, flags)
        : certificateIn(flags.certificate, keys.user.subarray(32));
    const { counter, valid: validity_s, amount } = flags;
    return AccountCode.build(crypto, keys.user, certificate, {
      created_s: now_s,
      validity_s,
      counter,
      amount,
    });
  });
  const text = flags.seal === undefined ? code.text : sealedText(flags.seal, code);
  write?.(text, flags.scale);
  if (flags.show) for (const line of blocksOf(text)) out.line(line);
  // Not by `out.line`: what is broken to fit the terminal is another code.
  if (!flags.show && !write) process.stdout.write(`${text}\n`);
  if (!write) return;
  const version = qrVersion(text, 'M');
  const bytes = code.bytes.length + (flags.seal === undefined ? 0 : SEAL_BYTES);
  out.line(`${flags.out}: ${bytes} bytes, ${text.length} characters, QR version ${version}-M`);
  out.line(`valid for ${flags.valid} s from ${utc(now_s)} on`);
  const site = flags.seal === undefined ? '' : ` --site-key ${keys.siteFile}`;
  const platform = flags.certificate === undefined ? keys.publicFile : 'PLATFORM_KEY';
  out.line(`Next: npx tapnote pos scan ${flags.out} --platform ${platform} --amount 1250${site}`);
}

/** By the platform of the folder, as if the user had just been online. */
const certified = (keys: DemoKeys, now_s: number, flags: CodeFlags): AccountCertificate =>
  AccountCertificate.build(crypto, keys.platform, {
    pseudonym: pseudonymOf(keys.platform, flags.serial),
    publicKey: keys.user.subarray(32),
    notBefore_s: now_s,
    notAfter_s: now_s + flags.certified,
    quota: flags.quota,
    tier: flags.tier,
    scene: flags.scene,
    serial: flags.serial,
  });

/** What `tapnote bank certificate` has written for the user with that key (32 bytes). Throws CliError. */
function certificateIn(path: string, userKey: Uint8Array): AccountCertificate {
  const certificate = AccountCertificate.parse(readUserFile(path, AccountCertificate.shape.length));
  if (!certificate) throw new CliError(Exit.usage, 'certificate', `${path}: it is no account certificate`);
  if (!sameBytes(certificate.publicKey, userKey))
    throw new CliError(
      Exit.usage,
      'certificate-key',
      `${path}: it is of another key than user-key of --keys`,
    );
  return certificate;
}

/** Sealed to the site of that public key, by its image. Throws CliError. */
function sealedText(site: string, code: AccountCode): string {
  const key = publicKey('seal', site, 'tapnote pos code --keys FOLDER');
  const image = crypto.x25519PublicKeyOf(key);
  if (!image) throw new CliError(Exit.usage, 'seal-key', `--seal ${site}: it is nobody’s key`);
  return wrongNumbers(() => sealCode(crypto, image, randomBytes(32), code));
}

/** As the platform draws it: random for all others, and one a certificate. */
function pseudonymOf(platformKey: Uint8Array, serial: number): Uint8Array {
  return crypto.hmacSha256(platformKey.subarray(0, 32), u32(serial)).slice(0, PSEUDONYM_BYTES);
}

/** Each number alone is in its bounds; a time may not be, with a duration added. */
function wrongNumbers<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) throw new CliError(Exit.usage, 'code-number', error.message);
    throw error;
  }
}

/** What writes the picture of a text into `path`, by its ending. Throws CliError. */
function pictureFile(path: string): (text: string, scale: number) => void {
  const kind = /\.(png|svg)$/i.exec(path)?.[1].toLowerCase();
  if (kind === undefined)
    throw new CliError(
      Exit.usage,
      'picture-kind',
      `--out ${path}: expected a name that ends in .png or .svg`,
    );
  const file = OutputFile.check('--out', path);
  return (text, scale) => file.write(kind === 'svg' ? svgOf(text) : pngOf(pictureOf(text, scale)));
}
