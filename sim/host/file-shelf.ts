import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Shelf } from '../bank/ledger/witness.js';

/** What a disk does, one step at a time; power may fail between any two. */
export interface Disk {
  read(path: string): Uint8Array | undefined;
  /** Anew, with the folders above it. What was written may be lost, whole or in part, until it is synced. */
  write(path: string, bytes: Uint8Array): void;
  sync(path: string): void;
  /** In the place of what has that name, at once; it may be undone until its folder is synced. */
  rename(from: string, to: string): void;
  syncFolder(folder: string): void;
}

const machineDisk: Disk = {
  read: (path) => (existsSync(path) ? Uint8Array.from(readFileSync(path)) : undefined),
  write(path, bytes) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  },
  sync: (path) => synced(path, 'r+'),
  rename: (from, to) => renameSync(from, to),
  syncFolder: (folder) => synced(folder, 'r'),
};

function synced(path: string, flags: string): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Files in a folder, each replaced as a whole: whoever looks finds the old one or the new one. */
export class FileShelf implements Shelf {
  constructor(
    private readonly folder: string,
    private readonly disk: Disk = machineDisk,
  ) {}

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.disk.read(join(this.folder, name));
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    const aside = `${path}.new`;
    this.disk.write(aside, bytes);
    this.disk.sync(aside);
    this.disk.rename(aside, path);
    this.disk.syncFolder(dirname(path));
  }
}
