import Resource from 'Resource';
import Poco from 'commodetto/Poco';
import parseBMF from 'commodetto/parseBMF';
import { isDark, placeOfCode, sideOf } from 'hal/qr';
import config from 'mc/config';

/** Landscape, the buttons to the right. */
const ROTATION = 90;
const MARGIN = 8;

/**
 * Lines of text on the board's display, the first large, the others below it; or a code. Slow, and drawn only
 * between commands.
 */
export class TextScreen {
  #poco;
  #power;
  #large = parseBMF(new Resource('OpenSans-Semibold-28.bf4'));
  #small = parseBMF(new Resource('OpenSans-Semibold-18.bf4'));
  #shown = '';

  /** `power(on)` feeds the display and its light. */
  constructor(power) {
    this.#power = power;
    power(true);
    const screen = new config.Screen({});
    screen.rotation = ROTATION;
    this.#poco = new Poco(screen, { displayListLength: 2048 });
  }

  /** For good: waking is starting. */
  off() {
    this.#power(false);
  }

  show(lines) {
    const text = lines.join('\n');
    if (text === this.#shown) return;
    this.#shown = text;
    const poco = this.#poco;
    const black = poco.makeColor(0, 0, 0);
    const white = poco.makeColor(255, 255, 255);
    poco.begin();
    poco.fillRectangle(black, 0, 0, poco.width, poco.height);
    let y = MARGIN;
    lines.forEach((line, index) => {
      const font = index === 0 ? this.#large : this.#small;
      poco.drawText(line, font, white, MARGIN, y, poco.width - 2 * MARGIN);
      y += font.height + MARGIN;
    });
    poco.end();
  }

  /** Row by row: all rectangles of a code are more than a display list holds. */
  drawModules(modules) {
    this.#shown = undefined;
    const poco = this.#poco;
    const { scale, left, top } = placeOfCode(modules, poco.width, poco.height);
    const black = poco.makeColor(0, 0, 0);
    const white = poco.makeColor(255, 255, 255);
    const side = sideOf(modules);
    poco.begin();
    poco.fillRectangle(white, 0, 0, poco.width, poco.height);
    poco.end();
    for (let row = 0; row < side; row++) {
      const y = top + row * scale;
      poco.begin(left, y, side * scale, scale);
      poco.fillRectangle(white, left, y, side * scale, scale);
      for (let x = 0; x < side; x++)
        if (isDark(modules, x, row)) poco.fillRectangle(black, left + x * scale, y, scale, scale);
      poco.end();
    }
  }
}
