import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { QUIET_MODULES, sideOf } from '../../hal/qr.js';
import type { Screen } from '../../hal/screen.js';
import { plainQr } from '../../sim/account/qr.js';
import { scanned } from '../../sim/account/scanned.js';
import type { Picture } from '../../tools/cli/pos/qr-picture.js';
import { readCodes } from '../../tools/cli/pos/qr-reader.js';
import { pixelsOf, READERS, randomCodes } from '../../tools/codes/round-trip.js';
import { isInstalled } from '../../tools/xs/process.js';
import { codeOf } from '../firmware/account/account-codes.js';
import { skipWithout } from '../support/external.js';

const ROOT = new URL('../..', import.meta.url).pathname;
/** Of the wearable's display, as it is held. */
const [WIDTH, HEIGHT] = [240, 135];
const GRAY = 128;

/**
 * As far as a screen uses Commodetto's Poco: rectangles in a list that holds so many, drawn into the part of
 * the display that was begun, and nothing outside it.
 */
class PixelPoco {
  readonly width = WIDTH;
  readonly height = HEIGHT;
  readonly pixels = new Uint8Array(WIDTH * HEIGHT).fill(GRAY);
  #part: [number, number, number, number] | undefined;
  #commands = 0;

  constructor(private readonly commandsMax: number) {}

  makeColor(red: number): number {
    return red;
  }

  begin(x = 0, y = 0, width = WIDTH, height = HEIGHT): void {
    expect(this.#part).toBeUndefined();
    this.#part = [x, y, width, height];
    this.#commands = 0;
  }

  fillRectangle(color: number, x: number, y: number, width: number, height: number): void {
    const part = this.#part;
    if (!part) throw new Error('nothing was begun');
    expect(++this.#commands).toBeLessThanOrEqual(this.commandsMax);
    const [left, top, right, bottom] = [part[0], part[1], part[0] + part[2], part[1] + part[3]];
    for (let row = Math.max(y, top); row < Math.min(y + height, bottom); row++)
      for (let column = Math.max(x, left); column < Math.min(x + width, right); column++)
        this.pixels[row * WIDTH + column] = color;
  }

  drawText(): void {}

  end(): void {
    this.#part = undefined;
  }
}

/** A command of a rectangle takes 12 bytes or less of a display list on a chip, and ours has 2,048. */
const COMMANDS_MAX = 2_048 / 24;

let screens = 0;

const standIns: Plugin = {
  name: 'stand-ins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(Resource|commodetto\/.*|mc\/config)$/ }, ({ path }) => ({
      path,
      namespace: 'sdk',
    }));
    onResolve({ filter: /^hal\// }, ({ path }) => ({ path: `${ROOT}${path}.ts` }));
    onLoad({ filter: /.*/, namespace: 'sdk' }, ({ path }) => ({
      contents: `export default globalThis.sdk[${JSON.stringify(path)}];`,
    }));
  },
};

/** The board's own screen, on a display whose pixels can be looked at. */
async function wearableScreen(): Promise<{ screen: Screen; picture(): Picture }> {
  const entryPoints = [`${ROOT}hal/esp32/screen/text-screen.js`];
  const plugins = [standIns];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'esm', plugins });
  const poco = new PixelPoco(COMMANDS_MAX);
  Object.assign(globalThis, {
    sdk: {
      Resource: class {},
      // Called with `new`, and gives what it returns.
      'commodetto/Poco': function Poco() {
        return poco;
      },
      'commodetto/parseBMF': () => ({ height: 20 }),
      'mc/config': { Screen: class {} },
    },
  });
  // One module a name: each screen has a display of its own.
  const text = `${outputFiles[0].text}\n// ${++screens}`;
  const module = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const screen: Screen = new module.TextScreen(() => {});
  return { screen, picture: () => ({ width: WIDTH, height: HEIGHT, data: poco.pixels.slice() }) };
}

describe('the screen of the wearable', () => {
  const skipped = skipWithout(isInstalled('zbarimg'), 'zbarimg');

  it('shows a code that every reader reads off its pixels', async () => {
    const { screen, picture } = await wearableScreen();
    const texts = randomCodes(135, 40).filter((_, i) => i % 2 === 0);
    for (const text of texts) {
      screen.show(['Ready', '', '']);
      screen.drawModules(plainQr(scanned(text)));
      expect(await readCodes(pixelsOf(picture()))).toEqual([text]);
      for (const [name, read] of Object.entries(READERS)) {
        if (name === 'zbarimg' && skipped) continue;
        expect(await read([picture()]), name).toEqual([text]);
      }
    }
  });

  it('gives it two pixels a module, and its quiet zone, on a light screen', async () => {
    const { screen, picture } = await wearableScreen();
    const modules = plainQr(codeOf().textBytes);
    screen.drawModules(modules);
    const { data } = picture();
    expect(data.includes(GRAY)).toBe(false);
    const dark = [...data.keys()].filter((i) => data[i] === 0);
    const [columns, rows] = [dark.map((i) => i % WIDTH), dark.map((i) => Math.floor(i / WIDTH))];
    const ends = (values: number[]) => [Math.min(...values), Math.max(...values)];
    const [[left, right], [top, bottom]] = [ends(columns), ends(rows)];
    expect([right - left + 1, bottom - top + 1]).toEqual([2 * sideOf(modules), 2 * sideOf(modules)]);
    expect(Math.min(top, HEIGHT - 1 - bottom)).toBeGreaterThanOrEqual(2 * QUIET_MODULES);
  });

  it('shows its lines again after a code', async () => {
    const { screen, picture } = await wearableScreen();
    screen.show(['Ready', '', '']);
    screen.drawModules(plainQr(codeOf().textBytes));
    screen.show(['Ready', '', '']);
    expect(picture().data.every((pixel) => pixel === 0)).toBe(true);
  });
});
