/**
 * A card in the system's smart-card stack: the front end of a device whose reader is vsmartcard's virtual
 * one (vpcd, a driver of pcscd). The two talk over TCP: length (2, big endian) and body, each body of the
 * reader's answered by one, but for power and reset (virtualsmartcard/src/vpcd/vpcd.c of vsmartcard 3.3).
 */
import { connect, type Socket } from 'node:net';
import { NFC_APDU_BYTES_MAX, type NfcCard, type NfcCardHandler, type NfcErrorCode } from '../../hal/nfc.js';

/** A body of one byte is for the reader's own ends; no command APDU is that short. */
const Control = { powerOff: 0x00, powerOn: 0x01, reset: 0x02, askForAtr: 0x04 } as const;

const LENGTH_BYTES = 2;
/** pcscd looks once a second: to it a card that is back sooner was never out, and no more is heard of it. */
const OUT_MS = 2_000;

/**
 * The ATR that a PC/SC reader makes up for a contactless card of ISO 14443-4 type A from the historical bytes
 * of its ATS, at most 15 (PC/SC part 3, 3.1.3.2.3.1).
 */
function contactlessAtr(historical: Uint8Array): Uint8Array {
  const body = Uint8Array.of(0x80 | historical.length, 0x80, 0x01, ...historical);
  return Uint8Array.of(
    0x3b,
    ...body,
    body.reduce((sum, byte) => sum ^ byte, 0),
  );
}

/** Where the virtual reader listens. */
export interface VpcdPlace {
  readonly host: string;
  readonly port: number;
}

export interface VpcdEvents {
  /** The reader has asked who is there. */
  onReader(): void;
  /** It is gone: pcscd has ended. */
  onGone(): void;
  /** It cannot be reached. */
  onError(error: NodeJS.ErrnoException): void;
}

export class VpcdCard implements NfcCard {
  readonly #atr = contactlessAtr(new Uint8Array(0));
  #socket: Socket | undefined;
  #handler: NfcCardHandler | undefined;
  #activated = false;
  #known = false;
  #back: NodeJS.Timeout | undefined;
  #waiting = Buffer.alloc(0);

  constructor(
    private readonly place: VpcdPlace,
    private readonly events: VpcdEvents,
  ) {}

  listen(handler: NfcCardHandler): void {
    this.#handler = handler;
    if (!this.#socket) this.#connect();
  }

  /** Taken out of the reader: power goes, and the wires. */
  stop(done: () => void): void {
    clearTimeout(this.#back);
    this.#deactivate();
    this.#handler = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    setImmediate(done);
  }

  /** Pulled out of the reader, and put in again. */
  pullOut(): void {
    this.#socket?.destroy();
  }

  /** The reader may throw a card out; then it is put in again, which fails when pcscd has ended. */
  #connect(): void {
    const wasKnown = this.#known;
    const socket = connect(this.place.port, this.place.host);
    this.#socket = socket;
    this.#known = false;
    this.#waiting = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes));
    let failure: NodeJS.ErrnoException | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#deactivate();
      if (this.#known) this.#back = setTimeout(() => this.#connect(), OUT_MS);
      else if (wasKnown) this.events.onGone();
      else this.events.onError(failure ?? new Error('it hung up'));
    });
  }

  #receive(bytes: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    while (this.#waiting.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#waiting.readUInt16BE(0);
      if (this.#waiting.length < end) return;
      const body = new Uint8Array(this.#waiting.subarray(LENGTH_BYTES, end));
      this.#waiting = this.#waiting.subarray(end);
      this.#hear(body);
    }
  }

  #hear(body: Uint8Array): void {
    if (body.length !== 1) return this.#command(body);
    switch (body[0]) {
      case Control.powerOff:
        return this.#deactivate();
      case Control.powerOn:
      case Control.reset:
        return this.#activate();
      case Control.askForAtr:
        this.#send(this.#atr);
        if (!this.#known) this.events.onReader();
        this.#known = true;
        return;
      default:
        return this.#command(body);
    }
  }

  #activate(): void {
    this.#deactivate();
    this.#activated = true;
    this.#handler?.onActivated();
  }

  #deactivate(reason: NfcErrorCode = 'removed'): void {
    if (!this.#activated) return;
    this.#activated = false;
    this.#handler?.onDeactivated(reason);
  }

  /** A reader that gives no power first is a reader all the same. */
  #command(command: Uint8Array): void {
    const handler = this.#handler;
    if (!handler) return;
    if (!this.#activated) this.#activate();
    if (command.length > NFC_APDU_BYTES_MAX) {
      // No front end holds it, and the reader waits: to it the card is pulled out, and put back.
      this.#deactivate('protocol');
      return this.pullOut();
    }
    handler.onCommand(command, (response) => this.#send(response));
  }

  #send(body: Uint8Array): void {
    const message = Buffer.alloc(LENGTH_BYTES + body.length);
    message.writeUInt16BE(body.length, 0);
    message.set(body, LENGTH_BYTES);
    this.#socket?.write(message);
  }
}
