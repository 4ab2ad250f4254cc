/** What of the Web Serial API (wicg.github.io/serial) this page uses: TypeScript has no types of it. */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
}

export interface WebSerial {
  /** Asks the user. Rejects when no port was chosen. */
  requestPort(): Promise<WebSerialPort>;
}

/** Undefined in a browser without it. */
export const webSerial = (): WebSerial | undefined =>
  (navigator as Navigator & { readonly serial?: WebSerial }).serial;
