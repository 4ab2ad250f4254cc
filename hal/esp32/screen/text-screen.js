import Resource from 'Resource';
import Poco from 'commodetto/Poco';
import parseBMF from 'commodetto/parseBMF';
import config from 'mc/config';

/** Landscape, the buttons to the right. */
const ROTATION = 90;
const MARGIN = 8;

/**
 * Lines of text on the board's display: the first large, the others below it. Slow, and drawn only between
 * commands.
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
}
