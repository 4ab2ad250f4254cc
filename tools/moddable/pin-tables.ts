import { type BoardFolder, LINKS, linkPins, ownPins } from './boards.js';
import { chipOf } from './chips.js';

const TABLES_BEGIN = '<!-- pins:begin -->';
const TABLES_END = '<!-- pins:end -->';

/** Markdown for hal/README.md: each board's pins, its drawings, and what is to be known of a pin. */
function pinTables(boards: readonly BoardFolder[]): string {
  return boards.map(section).join('\n');
}

function section({ name, board }: BoardFolder): string {
  const chip = chipOf(board);
  const links = LINKS.map((link) => {
    const pins = linkPins(board, link).map(({ pin, use }) => `${use} ${pin}`);
    return `| ${link.toUpperCase()} | ${pins.join(', ')} | [wiring](boards/${name}/wiring-${link}.svg) |`;
  });
  const own = ownPins(board).map(({ pin, use }) => `| ${use} | ${pin} | |`);
  const remarks = Object.entries(board.remarks).map(([pin, remark]) => `- GPIO${pin}: ${remark}.`);
  return [
    `### ${name}`,
    '',
    `${board.title} (${board.chip}). Can wake from deep sleep by GPIO ${chip.wakes.join(', ')}.`,
    '',
    '| what | GPIO | drawing |',
    '| ---- | ---- | ------- |',
    ...links,
    ...own,
    '',
    ...remarks,
    '',
  ].join('\n');
}

/** `text` with its tables made anew. */
export function withTables(text: string, boards: readonly BoardFolder[]): string {
  const begin = text.indexOf(TABLES_BEGIN);
  const end = text.indexOf(TABLES_END);
  if (begin < 0 || end < begin) throw new Error('no place for the pin tables');
  return `${text.slice(0, begin + TABLES_BEGIN.length)}\n\n${pinTables(boards)}\n${text.slice(end)}`;
}
