import { join } from 'node:path';
import { keptKey } from './kept-key.js';

/** Signing keys (64 bytes each) of a platform and of one of its users, who are here in one folder. */
export interface DemoKeys {
  readonly platform: Uint8Array;
  readonly user: Uint8Array;
  /** File with the platform's public key, for terminals. */
  readonly publicFile: string;
  /** File with the seed of a site's key, for its terminals. */
  readonly siteFile: string;
}

/** The keys in `folder`, made there the first time. Throws CliError. */
export function demoKeys(folder: string): DemoKeys {
  const { key: platform, publicFile } = keptKey('--keys', folder, 'platform');
  const { key: user } = keptKey('--keys', folder, 'user');
  keptKey('--keys', folder, 'site');
  return { platform, user, publicFile, siteFile: join(folder, 'site-seed') };
}
