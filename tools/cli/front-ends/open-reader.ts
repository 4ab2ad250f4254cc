import { NO_CARD } from '../../../sim/host/own-device.js';
import type { FrontEnd } from './front-end.js';
import { PcscReader } from './pcsc-reader.js';
import { Pn532Port, type PortFlags } from './pn532-port.js';

export interface ReaderFlags extends Pick<PortFlags, 'baud'>, Partial<Pick<PortFlags, 'port'>> {
  /** Over PC/SC: a part of the reader's name. */
  readonly reader?: string;
}

/** A reader of this machine: a PN532 at a serial port, or whichever PC/SC knows. Throws CliError. */
export async function openReader({ port, baud, reader }: ReaderFlags): Promise<FrontEnd> {
  return port === undefined ? pcsc(await PcscReader.open(reader)) : new Pn532Port({ port, baud });
}

const pcsc = (reader: PcscReader): FrontEnd => ({
  createChip: () => ({ card: NO_CARD, reader }),
  ready: () => Promise.resolve(),
  get whereabouts() {
    return reader.whereabouts;
  },
  gone: undefined,
  close: () => reader.close(),
});
