import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRIVATE_FILE } from './private-folder.js';

/** Where Debian puts the module of SoftHSM. */
export const SOFT_MODULE = '/usr/lib/softhsm/libsofthsm2.so';
/** Of all tokens that are made here. */
export const SOFT_PIN = '271828';

export const hasSoftTokens = (): boolean => existsSync(SOFT_MODULE) && existsSync('/usr/bin/python3');

export interface SoftTokens {
  /** What a process that uses them has in its environment. */
  readonly env: { readonly SOFTHSM2_CONF: string };
  /** File with the PIN of all tokens. */
  readonly pinFile: string;
  /** A new token, as whoever holds it makes it. */
  init(label: string): void;
  /** URI of a token; `more`: of its query, in place of the file with the PIN. */
  uri(label: string, more?: string): string;
  /** All tokens vanish, as when a box is unplugged, or come back. */
  unplug(): void;
  plugIn(): void;
  /** For good. */
  remove(): void;
}

/** Tokens in software (SoftHSM), in a folder of their own: for tests and measurements. */
export function softTokens(): SoftTokens {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-softhsm-'));
  const [tokens, away] = [join(folder, 'tokens'), join(folder, 'away')];
  const [config, pinFile] = [join(folder, 'softhsm2.conf'), join(folder, 'pin')];
  mkdirSync(tokens);
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  writeFileSync(pinFile, `${SOFT_PIN}\n`, { mode: PRIVATE_FILE });
  const env = { SOFTHSM2_CONF: config };
  return {
    env,
    pinFile,
    init(label) {
      const pins = ['--pin', SOFT_PIN, '--so-pin', '314159'];
      const args = ['--init-token', '--free', '--label', label, ...pins];
      execFileSync('softhsm2-util', args, { env: { ...process.env, ...env }, stdio: 'ignore' });
    },
    uri: (label, more = `&pin-source=file:${pinFile}`) =>
      `pkcs11:token=${encodeURIComponent(label)}?module-path=${SOFT_MODULE}${more}`,
    unplug() {
      renameSync(tokens, away);
      mkdirSync(tokens);
    },
    plugIn() {
      rmSync(tokens, { recursive: true });
      renameSync(away, tokens);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
