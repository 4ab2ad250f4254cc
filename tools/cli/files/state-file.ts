import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { OutputFile } from './output-file.js';
import { parseRecord, recordText } from './record-text.js';
import { readUserText } from './user-file.js';

/** A record is some 2 KB. */
const RECORD_BYTES_MAX = 65_536;

/**
 * What a command keeps for its next run, in the user's own folder for such things (XDG_STATE_HOME). Bytes in
 * it are written as hex.
 */
export class StateFile<Kept extends object> {
  readonly #path: string;

  constructor(kind: string, name: string) {
    const folder = join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'tapnote');
    this.#path = join(folder, kind, `${name}.json`);
  }

  /** Undefined when there is none, or none that can be read. */
  read(): Kept | undefined {
    try {
      return parseRecord<Kept>(readUserText(this.#path, RECORD_BYTES_MAX));
    } catch {
      return undefined;
    }
  }

  /** Throws CliError when it cannot be written. */
  write(kept: Kept): void {
    const inFolder = OutputFile.checkFolder('the record', dirname(this.#path));
    inFolder(basename(this.#path)).write(recordText(kept), PRIVATE_FILE);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
