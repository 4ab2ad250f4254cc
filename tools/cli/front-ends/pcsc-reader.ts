/**
 * A card reader of this machine's smart-card stack as the front end of a terminal. PC/SC part 10 for what a
 * reader tells of itself; `pcsc-mini` for the calls.
 */
import type { Card, Client, Transaction } from 'pcsc-mini';
import { getU16 } from '../../../firmware/bytes.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { SHORT_APDU_BYTES_MAX } from '../../../firmware/terminal/apdu-link.js';
import { NFC_APDU_BYTES_MAX, NfcError, type NfcErrorCode, type NfcReader } from '../../../hal/nfc.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { isStorageCard, storageAnswer, storageCommand } from './pcsc-storage.js';

const LOOK_MS = 50;
const LISTING_MS = 1_000;

/** GET_FEATURE_REQUEST, and of its answer the feature that tells a reader's properties (part 10, 2.2). */
const GET_FEATURES = 3_400;
const FEATURE_TLV_PROPERTIES = 0x12;
/** dwMaxAPDUDataSize, little endian: above 256, extended APDUs pass (part 10, 2.6.14). */
const PROPERTY_APDU_DATA_BYTES_MAX = 0x0a;
const EXTENDED_FROM = 256;

type Done = (error: NfcError | undefined) => void;
type Library = typeof import('pcsc-mini');

export class PcscReader implements NfcReader {
  #apduBytesMax = SHORT_APDU_BYTES_MAX;
  #card: Card | undefined;
  #transaction: Transaction | undefined;
  /** The connected card has no ISO 14443-4: see `pcsc-storage.ts`. */
  #isStorage = false;
  /** An answer of the connected card was lost. */
  #isLost = false;
  /** The reader of the card that was connected last and is not the one that is wanted. */
  #unwanted: string | undefined;
  readonly #opened_ms = performance.now();
  /** Names of the readers that have a card now. */
  readonly #present = new Set<string>();
  readonly #readers = new Set<string>();

  private constructor(
    private readonly pcsc: Library,
    private readonly client: Client,
    wanted: string | undefined,
  ) {
    client.on('reader', (reader) => {
      const name = reader.name();
      if (wanted !== undefined && !name.includes(wanted)) return;
      this.#readers.add(name);
      reader.on('change', (status) => {
        const { PRESENT, MUTE } = pcsc.ReaderStatus;
        if (status.has(PRESENT) && !status.has(MUTE)) this.#present.add(name);
        else this.#present.delete(name);
      });
      reader.on('disconnect', () => {
        this.#readers.delete(name);
        this.#present.delete(name);
      });
    });
    client.on('error', () => {});
  }

  /**
   * `wanted`: a part of the reader's name; without one, whichever has a card. Throws CliError `no-pcsc` where
   * there is no smart-card stack.
   */
  static async open(wanted?: string): Promise<PcscReader> {
    try {
      const pcsc = await import('pcsc-mini');
      const client = new pcsc.Client();
      const reader = new PcscReader(pcsc, client, wanted);
      client.start();
      return reader;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'NoService' ? 'no pcscd answers: start it' : message.split('\n')[0];
      throw new CliError(Exit.absent, 'no-pcsc', `no smart-card stack: ${why}`);
    }
  }

  /** In words, the readers that are there; only those that are wanted. */
  get whereabouts(): string {
    return this.#readers.size === 0 ? 'there is no such reader' : `in ${[...this.#readers].join(', ')}`;
  }

  /** What the reader of the connected card passes: found out when it was connected. */
  get apduBytesMax(): number {
    return this.#apduBytesMax;
  }

  close(): void {
    this.client.stop();
  }

  connect(timeout_ms: number, done: Done, select?: Uint8Array): void {
    this.#connect(performance.now() + timeout_ms, select).then(
      () => done(undefined),
      (error) => done(nfcError(error)),
    );
  }

  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void {
    const answer = this.#isStorage ? this.#transmitToStorage(command) : this.#transmit(command);
    answer.then(
      (response) => done(undefined, response),
      // Whatever it says, the card may have carried the command out.
      (error) => {
        this.#isLost = true;
        done(nfcError(error), new Uint8Array(0));
      },
    );
  }

  /** A storage card is the reader's business: it answers APDUs for it. */
  connectTag(timeout_ms: number, done: (error: NfcError | undefined, takesApdus: boolean) => void): void {
    this.#connect(performance.now() + timeout_ms, undefined)
      .then(() => this.#card?.state())
      .then(
        (state) => {
          this.#isStorage = state !== undefined && isStorageCard(state.atr);
          done(undefined, !this.#isStorage);
        },
        (error) => done(nfcError(error), false),
      );
  }

  release(done: Done): void {
    this.#unwanted = undefined;
    this.#letGo().then(() => done(undefined));
  }

  async #connect(wanted_ms: number, select: Uint8Array | undefined): Promise<void> {
    // Readers tell their cards a moment after the start.
    const until_ms = Math.max(wanted_ms, this.#opened_ms + LISTING_MS);
    if (this.#card) {
      this.#unwanted = (await this.#card.state().catch(() => undefined))?.readerName;
      await this.#letGo();
    }
    for (;;) {
      const found = await this.#look(select);
      if (found !== 'nobody') {
        if (found === 'found') return;
        throw new NfcError(found, found === 'crowd' ? 'more than one wallet' : 'no card of ours');
      }
      if (performance.now() >= until_ms) throw new NfcError('timeout', 'no card came');
      await new Promise((again) => setTimeout(again, LOOK_MS));
    }
  }

  /** A single card is taken as it is, unless it is the one that was not wanted; of several, ours. */
  async #look(select: Uint8Array | undefined): Promise<'found' | 'nobody' | 'crowd' | 'foreign'> {
    const names = [...this.#present];
    if (names.length === 0) {
      this.#unwanted = undefined;
      return 'nobody';
    }
    if (names.length === 1 && names[0] !== this.#unwanted)
      return (await this.#open(names[0])) ? 'found' : 'nobody';
    if (!select) return 'crowd';
    const ours: string[] = [];
    for (const name of names) {
      if (!(await this.#open(name))) continue;
      const answer = await this.#transmit(select).catch(() => new Uint8Array(2));
      if (getU16(answer, answer.length - 2) === StatusWord.ok) ours.push(name);
      await this.#letGo();
    }
    if (ours.length > 1) return 'crowd';
    if (ours.length === 0) return names.length === 1 ? 'nobody' : 'foreign';
    return (await this.#open(ours[0])) ? 'found' : 'nobody';
  }

  /** For us alone until it is let go. False when the card went again, or another program has it. */
  async #open(name: string): Promise<boolean> {
    const reader = this.client.reader(name);
    if (!reader) return false;
    try {
      this.#card = await reader.connect(this.pcsc.CardMode.SHARED);
      this.#transaction = await this.#card.transaction();
    } catch {
      await this.#letGo();
      return false;
    }
    this.#apduBytesMax = await this.#longestApdu(this.#card);
    return true;
  }

  /** A reader that does not say gets short APDUs. */
  async #longestApdu(card: Card): Promise<number> {
    try {
      const features = await card.control(this.pcsc.controlCode(GET_FEATURES));
      const code = tlv(features, FEATURE_TLV_PROPERTIES);
      if (!code) return SHORT_APDU_BYTES_MAX;
      const size = tlv(await card.control(viewOf(code).getUint32(0)), PROPERTY_APDU_DATA_BYTES_MAX);
      const isExtended = size !== undefined && viewOf(size).getUint32(0, true) > EXTENDED_FROM;
      return isExtended ? NFC_APDU_BYTES_MAX : SHORT_APDU_BYTES_MAX;
    } catch {
      return SHORT_APDU_BYTES_MAX;
    }
  }

  async #transmitToStorage(command: Uint8Array): Promise<Uint8Array> {
    return storageAnswer(await this.#transmit(storageCommand(command)));
  }

  async #transmit(command: Uint8Array): Promise<Uint8Array> {
    if (!this.#card) throw new NfcError('removed', 'no card is connected');
    // The library's own buffer holds 264 bytes, and what is longer is lost when the card has done its part.
    const response = await this.#card.transmit(command, new ArrayBuffer(NFC_APDU_BYTES_MAX));
    // So vpcd's driver, and perhaps others, says that the card has gone.
    if (response.length < 2) throw new NfcError('removed', 'the card has gone');
    return response.slice();
  }

  async #letGo(): Promise<void> {
    const [transaction, card] = [this.#transaction, this.#card];
    this.#transaction = undefined;
    this.#card = undefined;
    const { LEAVE, RESET } = this.pcsc.CardDisposition;
    // A card that has gone is not reset: pcscd would take the one that comes for the one that failed.
    const disposition = this.#isLost ? LEAVE : RESET;
    this.#isLost = false;
    this.#isStorage = false;
    await transaction?.end(LEAVE).catch(() => {});
    await card?.disconnect(disposition).catch(() => {});
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The value of four bytes under a tag, in a list of tag (1), length (1), value. */
function tlv(list: Uint8Array, tag: number): Uint8Array | undefined {
  for (let at = 0; at + 2 <= list.length; at += 2 + list[at + 1]) {
    const value = list.subarray(at + 2, at + 2 + list[at + 1]);
    if (list[at] === tag) return value.length === 4 ? value : undefined;
  }
  return undefined;
}

function nfcError(error: unknown): NfcError {
  if (error instanceof NfcError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new NfcError(CODES[code ?? ''] ?? 'removed', message);
}

/** What else PC/SC says means that the card is gone, or as good as gone. */
const CODES: Readonly<Record<string, NfcErrorCode>> = {
  InsufficientBuffer: 'protocol',
  NoService: 'link',
  ServiceStopped: 'link',
  ReaderUnavailable: 'link',
  UnknownReader: 'link',
};
