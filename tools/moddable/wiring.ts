/** Draws the wires between a board and its PN532 module, from the pins in the board's manifest. */
import type { Board, LinkName } from '../../hal/boards/board.js';
import { linkPins } from './boards.js';

/**
 * The module's pin for each of the board's signals. SDA is the chip's HSU_TX, and SCL its HSU_RX (PN532 data
 * sheet, pins 27 and 28).
 */
const MODULE_PINS: Readonly<Record<LinkName, Readonly<Record<string, string>>>> = {
  hsu: { TX: 'SCL / RXD', RX: 'SDA / TXD', IRQ: 'IRQ' },
  i2c: { SDA: 'SDA / TXD', SCL: 'SCL / RXD', IRQ: 'IRQ' },
  spi: { SCK: 'SCK', MOSI: 'MOSI', MISO: 'MISO', SS: 'SS', IRQ: 'IRQ' },
};

/** Switches of the common red module (Elechouse V3 and its copies): 1 is ON, to the side with the word. */
const SWITCHES: Readonly<Record<LinkName, readonly [0 | 1, 0 | 1]>> = {
  hsu: [0, 0],
  i2c: [1, 0],
  spi: [0, 1],
};
const NAMES: Readonly<Record<LinkName, string>> = { hsu: 'HSU (serial port)', i2c: 'I2C', spi: 'SPI' };

const COLOURS: Readonly<Record<string, string>> = {
  '5V': '#c0392b',
  '3V3': '#c0392b',
  GND: '#222222',
  IRQ: '#8e44ad',
  TX: '#1f6fb2',
  RX: '#2e8b57',
  SDA: '#1f6fb2',
  SCL: '#b8860b',
  SCK: '#b8860b',
  MOSI: '#1f6fb2',
  MISO: '#2e8b57',
  SS: '#d35400',
};

interface Wire {
  readonly board: string;
  readonly module: string;
  readonly colour: string;
}

const ROW = 34;
const TOP = 92;
const BOARD_X = 30;
const BOX = 220;
const MODULE_X = 550;
const WIDTH = 800;
const PAD = 7;

function wires(board: Board, link: LinkName): Wire[] {
  const power: Wire[] = [
    { board: board.supply, module: 'VCC', colour: COLOURS[board.supply] },
    { board: 'GND', module: 'GND', colour: COLOURS.GND },
  ];
  const signals = linkPins(board, link).map(({ pin, use }) => ({
    board: `GPIO${pin}  ${use}`,
    module: MODULE_PINS[link][use],
    colour: COLOURS[use],
  }));
  return [...power, ...signals];
}

const text = (x: number, y: number, size: number, words: string, anchor = 'start', extra = ''): string =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}"${extra}>${escaped(words)}</text>`;

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const box = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${fill}" stroke="#444444"/>`;

function wire({ board, module, colour }: Wire, index: number): string[] {
  const y = TOP + 28 + index * ROW;
  const [from, to] = [BOARD_X + BOX, MODULE_X];
  return [
    `<path d="M${from} ${y} C${from + 110} ${y} ${to - 110} ${y} ${to} ${y}" fill="none" stroke="${colour}" stroke-width="4"/>`,
    `<circle cx="${from}" cy="${y}" r="${PAD}" fill="#e0c060" stroke="#444444"/>`,
    `<circle cx="${to}" cy="${y}" r="${PAD}" fill="#e0c060" stroke="#444444"/>`,
    text(from - 16, y + 5, 15, board, 'end'),
    text(to + 16, y + 5, 15, module),
  ];
}

function dipSwitches(link: LinkName, y: number): string[] {
  return SWITCHES[link].flatMap((on, index) => {
    const x = MODULE_X + 40 + index * 44;
    return [
      `<rect x="${x}" y="${y}" width="28" height="44" rx="3" fill="#b03030" stroke="#444444"/>`,
      `<rect x="${x + 6}" y="${on ? y + 5 : y + 23}" width="16" height="16" rx="2" fill="#ffffff"/>`,
      text(x + 14, y + 60, 13, `${index + 1}: ${on ? 'ON' : 'off'}`, 'middle'),
    ];
  });
}

/** What hangs on the board beside the module, and has to be wired. */
function extras(board: Board): string[] {
  const { lamp } = board;
  const buttons = board.buttons.map(({ pin, label, onBoard }) =>
    onBoard ? `button ${label}: on the board (GPIO${pin})` : `button: between GPIO${pin} and GND`,
  );
  const light = lamp.onBoard
    ? `lamp: on the board (GPIO${lamp.pin})`
    : `lamp: LED and 1 kΩ from GPIO${lamp.pin} to GND, unless the board has one there`;
  return [...buttons, light];
}

export function drawWiring(board: Board, link: LinkName): string {
  const all = wires(board, link);
  const notes = extras(board);
  const height = all.length * ROW + 22;
  const boxHeight = height + 84;
  const notesY = TOP + boxHeight + 30;
  const title = `${board.title}: PN532 on ${NAMES[link]}`;
  const body = [
    text(BOARD_X, 36, 20, title, 'start', ' font-weight="bold"'),
    text(
      BOARD_X,
      60,
      13,
      'Signals are named as the board sees them. Switch the power off before you change anything.',
    ),
    box(BOARD_X, TOP, BOX, boxHeight, '#dfe9f2'),
    box(MODULE_X, TOP, BOX, boxHeight, '#f3dfdd'),
    text(BOARD_X + BOX / 2, TOP + boxHeight - 16, 14, board.chip.toUpperCase(), 'middle'),
    ...all.flatMap(wire),
    ...dipSwitches(link, TOP + height),
    text(MODULE_X + 140, TOP + height + 28, 14, 'PN532'),
    ...notes.map((note, index) => text(BOARD_X, notesY + index * 22, 14, note)),
  ];
  const whole = notesY + notes.length * 22;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${whole}" font-family="sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${whole}" fill="#ffffff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}
