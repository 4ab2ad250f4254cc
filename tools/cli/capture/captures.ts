import { writeApduLog } from '../../../sim/capture/apdu-log.js';
import { writePcap } from '../../../sim/capture/pcap.js';
import { perfettoTrace } from '../../../sim/capture/perfetto.js';
import { type Recording, record } from '../../../sim/capture/recording.js';
import type { World } from '../../../sim/world/world.js';
import { OutputFile } from '../files/output-file.js';

/** Files that a run is captured to. */
export interface CaptureFlags {
  readonly pcap?: string;
  readonly trace?: string;
  readonly apdu?: string;
}

/** What a run writes at its end, as far as it was asked for. Throws CliError for a file that cannot be. */
export class Captures {
  readonly #writers: ((recording: Recording, title: string) => void)[] = [];
  #recording: Recording | undefined;

  constructor({ pcap, trace, apdu }: CaptureFlags) {
    this.#add('--pcap', pcap, ({ air, start_s }) => writePcap(air, start_s));
    this.#add('--trace', trace, (recording) => JSON.stringify(perfettoTrace(recording)));
    this.#add('--apdu', apdu, writeApduLog);
  }

  #add(
    option: string,
    path: string | undefined,
    content: (recording: Recording, title: string) => string | Uint8Array,
  ): void {
    if (path === undefined) return;
    const file = OutputFile.check(option, path);
    this.#writers.push((recording, title) => file.write(content(recording, title)));
  }

  /** To be called while nothing is in the world. */
  begin(world: World): void {
    if (this.#writers.length > 0) this.#recording = record(world);
  }

  end(title: string): void {
    for (const write of this.#writers) write(this.#recording!, title);
  }
}
