import { dirname } from 'node:path';
import type { Disk } from '../../../../sim/host/file-shelf.js';

/** The power fails. */
export class Cut extends Error {}

interface Inode {
  bytes: Uint8Array;
  /** What of it is on the platter for sure. */
  synced: Uint8Array | undefined;
}

/**
 * A disk whose power fails at its step number `cutAt`. What was not synced is lost, or not, or in part:
 * contents of files as well as what has which name, each by itself.
 */
export class CutDisk implements Disk {
  #names = new Map<string, Inode>();
  #synced = new Map<string, Inode>();
  #steps = 0;

  constructor(
    private readonly random: () => number,
    private cutAt: number,
  ) {}

  #step(): void {
    if (this.#steps++ >= this.cutAt) throw new Cut();
  }

  read(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.bytes.slice();
  }

  write(path: string, bytes: Uint8Array): void {
    this.#names.set(path, { bytes: bytes.slice(), synced: undefined });
    this.#step();
  }

  sync(path: string): void {
    this.#step();
    const inode = this.#names.get(path)!;
    inode.synced = inode.bytes;
  }

  rename(from: string, to: string): void {
    this.#names.set(to, this.#names.get(from)!);
    this.#names.delete(from);
    this.#step();
  }

  syncFolder(folder: string): void {
    this.#step();
    const inFolder = (names: Map<string, Inode>) => [...names].filter(([path]) => dirname(path) === folder);
    for (const [path] of inFolder(this.#synced)) if (!this.#names.has(path)) this.#synced.delete(path);
    for (const [path, inode] of inFolder(this.#names)) this.#synced.set(path, inode);
  }

  /** Power is back; it fails again `cutAt` steps later. */
  restart(cutAt: number): void {
    const after = new Map<string, Inode>();
    for (const path of new Set([...this.#names.keys(), ...this.#synced.keys()])) {
      const inode = (this.random() < 0.5 ? this.#names : this.#synced).get(path);
      if (!inode) continue;
      const length = Math.floor(this.random() * (inode.bytes.length + 1));
      const bytes = inode.synced ?? inode.bytes.slice(0, length);
      after.set(path, { bytes, synced: bytes });
    }
    this.#names = after;
    this.#synced = new Map(after);
    this.#steps = 0;
    this.cutAt = cutAt;
  }
}
