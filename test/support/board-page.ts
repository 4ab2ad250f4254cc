import type { Browser, Page } from 'playwright-core';
import type { Port } from '../../tools/cli/serial/byte-port.js';
import { openPort } from '../../tools/cli/serial/port.js';

/** Stands for the Web Serial port that a user chooses: its bytes go to and come from the test. */
const FAKE_SERIAL = `(() => {
  let incoming;
  const port = {
    readable: null,
    writable: null,
    async open({ baudRate }) {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      await hostOpen(baudRate);
      this.readable = new ReadableStream({ start: (controller) => void (incoming = controller) });
      this.writable = new WritableStream({ write: (chunk) => hostWrite([...chunk]) });
    },
    async close() {
      if (this.readable?.locked || this.writable?.locked) throw new TypeError('a stream is locked');
      this.readable = this.writable = null;
      await hostClose();
    },
  };
  globalThis.serialReceive = (bytes) => incoming.enqueue(new Uint8Array(bytes));
  globalThis.serialGone = () => {
    port.readable = port.writable = null;
    incoming.error(new DOMException('The device has been lost.', 'NetworkError'));
  };
  Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => port } });
})()`;

/** The page for boards, with a board behind the port that it asks for. */
export class BoardPage {
  readonly complaints: string[] = [];
  readonly rates: number[] = [];
  #port: Port | undefined;

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.complaints.push(line.text());
    });
  }

  /** `board`: path of the serial port that stands for the browser's own. */
  static async open(browser: Browser, url: string, board: string): Promise<BoardPage> {
    const context = await browser.newContext();
    const made = new BoardPage(await context.newPage());
    const { page } = made;
    await page.exposeFunction('hostOpen', (rate: number) => {
      made.rates.push(rate);
      made.#port = openPort(board);
      made.#port.onBytes = (bytes) =>
        void page.evaluate(`serialReceive(${JSON.stringify([...bytes])})`).catch(() => {});
      made.#port.onGone = () => void page.evaluate('serialGone()').catch(() => {});
    });
    await page.exposeFunction('hostWrite', (bytes: number[]) => made.#port?.write(Uint8Array.from(bytes)));
    await page.exposeFunction('hostClose', () => made.#port?.close());
    await page.addInitScript(FAKE_SERIAL);
    await page.goto(url);
    await page.locator('main[aria-busy="false"]').waitFor({ timeout: 0 });
    return made;
  }

  /** Presses a button, waits until the page is done with it, and returns what it has said about it. */
  async press(name: string): Promise<string[]> {
    const lines = this.page.locator('#said > div');
    const before = await lines.count();
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.page.locator('main[aria-busy="false"]').waitFor({ timeout: 0 });
    return (await lines.allInnerTexts()).slice(before);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    this.#port?.close();
  }
}
