import type { Browser, Page } from 'playwright-core';
import type { Port } from '../../tools/cli/serial/byte-port.js';
import { PATIENCE_MS } from '../../tools/page/chromium.js';
import type { Lines } from './esp32c3.js';

/** What is at the other end of the port: the lines matter to a chip alone. */
type Plugged = Port & { signal?(lines: Lines): void };

/** Stands for the Web Serial port that a user chooses: its bytes go to and come from the test. */
const FAKE_SERIAL = `(() => {
  let incoming;
  const port = {
    readable: null,
    writable: null,
    getInfo: () => ({}),
    async open({ baudRate }) {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      await hostOpen(baudRate).catch(() => {
        throw new DOMException('Failed to open serial port.', 'NetworkError');
      });
      this.readable = new ReadableStream({ start: (controller) => void (incoming = controller) });
      this.writable = new WritableStream({ write: (chunk) => hostWrite([...chunk]) });
    },
    async setSignals(lines) {
      if (!this.readable) throw new DOMException('The port is not open.', 'InvalidStateError');
      await hostSignal(lines);
    },
    async close() {
      if (!this.readable) throw new DOMException('The port is already closed.', 'InvalidStateError');
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

/** Short beside any time that the page waits for an answer. */
const TICK_MS = 40;
/** For a wait that nothing ends before its time. */
export const SILENCE_MS = 1_000;

/** The page for boards, with a board behind the port that it asks for. */
export class BoardPage {
  readonly complaints: string[] = [];
  readonly rates: number[] = [];
  #port: Plugged | undefined;
  /** What the port has said comes in the page. */
  #arriving: Promise<unknown> = Promise.resolve();

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.complaints.push(line.text());
    });
  }

  /** `plug`: opens what stands for the port that the browser has. */
  static async open(browser: Browser, url: string, plug: () => Plugged): Promise<BoardPage> {
    const context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const made = new BoardPage(await context.newPage());
    const { page } = made;
    await page.exposeFunction('hostOpen', (rate: number) => {
      made.rates.push(rate);
      made.#port = plug();
      made.#port.onBytes = (bytes) => {
        made.#arriving = page.evaluate(`serialReceive(${JSON.stringify([...bytes])})`).catch(() => {});
      };
      made.#port.onGone = () => void page.evaluate('serialGone()').catch(() => {});
    });
    await page.exposeFunction('hostWrite', (bytes: number[]) => made.#port?.write(Uint8Array.from(bytes)));
    await page.exposeFunction('hostSignal', (lines: Lines) => made.#port?.signal?.(lines));
    await page.exposeFunction('hostClose', () => made.#port?.close());
    await page.addInitScript(FAKE_SERIAL);
    await page.goto(url);
    await page.locator('main[aria-busy="false"]').waitFor();
    return made;
  }

  /** Presses a button, waits until the page is done with it, and returns what it has said about it. */
  async press(name: string): Promise<string[]> {
    const lines = this.page.locator('#said > div');
    const before = await lines.count();
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.page.locator('main[aria-busy="false"]').waitFor();
    return (await lines.allInnerTexts()).slice(before);
  }

  /** From now on the page's time is that of `pass`. */
  async stopClock(): Promise<void> {
    const { clock } = this.page;
    await clock.install({ time: 0 });
    // Long enough ahead that it has not come yet.
    await clock.pauseAt(3_600_000);
  }

  /**
   * Time goes by in the page until `work` is done, and none while bytes are on their way: no time of the
   * page's runs out because this machine is slow.
   */
  async pass<Done>(work: Promise<Done>, tick_ms = TICK_MS): Promise<Done> {
    let isDone = false;
    const end = (): void => {
      isDone = true;
    };
    work.then(end, end);
    while (!isDone) {
      await this.#arriving;
      await this.page.clock.runFor(tick_ms);
    }
    return work;
  }

  async close(): Promise<void> {
    await this.page.context().close();
    this.#port?.close();
  }
}
