/** Both devices in one touch, side by side in time. */
import type { Code } from './codes.js';
import { LINK_OF_BUDGET } from './measure.js';
import type { CaseResult, Results } from './results.js';
import { CRYPTO, type Side, STORE, type Step } from './steps.js';
import { BLUE, element, FAINT, INK, line, ORANGE, picture, RULE, rect, text } from './svg.js';
import type { TimedStep } from './touch-model.js';

const WIDTH = 1_180;
const LEFT = 78;
const RIGHT = 24;
const TOP = 92;
const BAR = 46;
const GAP = 96;
const LANE_Y: Record<Side, number> = { terminal: TOP + 26, card: TOP + 26 + BAR + GAP };
const HEIGHT = LANE_Y.card + BAR + 110;

const ENGINE = '#b3bcc7';
const CRITICAL = '#c0392b';
const MESSAGE = '#7d5ba6';

const SHORT: Partial<Record<Code, string>> = {
  X25519: 'X25519',
  'Ed25519 verify': 'verify',
  'Ed25519 sign': 'sign',
};

interface Piece {
  readonly colour: string;
  readonly label: string;
  readonly us: number;
}

export function touchPicture(results: Results, { links, critical, name }: CaseResult): string {
  const { timed } = links.find(({ link }) => link === LINK_OF_BUDGET)!;
  if (!timed) throw new Error(`no touch to draw: ${name}`);
  // The card may be at work after the terminal has let go of it.
  const end_us = Math.max(timed.total_us, ...timed.steps.map((each) => each.end_us));
  const scale = (WIDTH - LEFT - RIGHT) / end_us;
  const x = (us: number) => LEFT + us * scale;
  const { cyclesPerInstruction, clock_MHz } = results;
  const pace_us = cyclesPerInstruction / clock_MHz;
  const parts = [
    text(LEFT, 26, 'A payment between strangers, both devices', { 'font-size': 17, 'font-weight': 'bold' }),
    text(
      LEFT,
      46,
      `modelled: instructions counted on an emulated rv32imc chip × ${cyclesPerInstruction} cycles at ${clock_MHz} MHz; ` +
        `PN532, wires (${LINK_OF_BUDGET} baud), field and flash as the simulator has them`,
      { fill: FAINT },
    ),
    ...legend(),
    ...axis(end_us, x),
    ...(['terminal', 'card'] as const).map((side) =>
      text(LEFT - 10, LANE_Y[side] + BAR / 2 + 4, side, { 'text-anchor': 'end', 'font-weight': 'bold' }),
    ),
    ...messages(timed.steps, critical, x),
  ];
  for (const each of timed.steps) parts.push(...bar(each, critical.has(each.step), x, pace_us));
  const at = (us: number) => `${(us / 1e3).toFixed(0)} ms`;
  parts.push(...landmark(timed.paid_us, `${at(timed.paid_us)}: the payee has it in flash`, x, 0));
  parts.push(...landmark(timed.total_us, `${at(timed.total_us)}: end`, x, 1));
  return picture(WIDTH, HEIGHT, 'Timeline of a payment on both devices', parts);
}

function legend(): string[] {
  const entries: [string, string][] = [
    [BLUE, 'crypto'],
    [ORANGE, 'store and flash'],
    [ENGINE, 'everything else in the engine'],
    [MESSAGE, 'front ends, wires and air'],
  ];
  let at = LEFT;
  const parts = entries.flatMap(([colour, what]) => {
    const from = at;
    at += 30 + what.length * 6.3;
    return [rect(from, 60, 12, 12, { fill: colour }), text(from + 17, 70, what)];
  });
  return [...parts, rect(at, 68, 16, 4, { fill: CRITICAL }), text(at + 22, 70, 'the touch waits for it')];
}

function axis(total_us: number, x: (us: number) => number): string[] {
  const bottom = LANE_Y.card + BAR + 40;
  const parts: string[] = [];
  for (let ms = 0; ms * 1e3 <= total_us; ms += 20) {
    parts.push(line(x(ms * 1e3), TOP, x(ms * 1e3), bottom, { stroke: RULE }));
    if (ms % 40 === 0)
      parts.push(text(x(ms * 1e3), bottom + 16, `${ms} ms`, { fill: FAINT, 'text-anchor': 'middle' }));
  }
  return parts;
}

function bar(
  { step, start_us, end_us, flash_us }: TimedStep,
  isCritical: boolean,
  x: (us: number) => number,
  pace_us: number,
): string[] {
  const y = LANE_Y[step.side];
  const parts: string[] = [];
  let at_us = start_us;
  for (const { colour, label, us } of pieces(step, flash_us, pace_us)) {
    const width = x(at_us + us) - x(at_us);
    parts.push(rect(x(at_us), y, width, BAR, { fill: colour }));
    if (label !== '' && width > label.length * 4.6) {
      const attributes = { fill: '#ffffff', 'font-size': 10, 'text-anchor': 'middle' };
      parts.push(text(x(at_us) + width / 2, y + BAR / 2 + 3.5, label, attributes));
    }
    if (label !== '')
      parts.push(line(x(at_us), y, x(at_us), y + BAR, { stroke: '#ffffff', 'stroke-width': 0.7 }));
    at_us += us;
  }
  const under = step.side === 'terminal' ? y - 7 : y + BAR + 3;
  if (isCritical) parts.push(rect(x(start_us), under, x(end_us) - x(start_us), 4, { fill: CRITICAL }));
  return parts;
}

/** In the order in which they ran; neighbours of one colour together, but each curve operation by itself. */
function pieces(step: TimedStep['step'], flash_us: number, pace_us: number): Piece[] {
  const flashes = step.spans.filter(({ code }) => code === 'flash').length;
  const found: Piece[] = [];
  for (const { code, instructions } of step.spans) {
    const us = instructions * pace_us + (code === 'flash' ? flash_us / flashes : 0);
    const colour = CRYPTO.includes(code) ? BLUE : STORE.includes(code) ? ORANGE : ENGINE;
    const label = SHORT[code] ?? '';
    const last = found[found.length - 1];
    if (last && label === '' && last.label === '' && last.colour === colour) {
      found[found.length - 1] = { ...last, us: last.us + us };
    } else found.push({ colour, label, us: Math.max(0, us) });
  }
  return found;
}

/** From where a message leaves one device to where the other begins with it. */
function messages(
  steps: readonly TimedStep[],
  critical: ReadonlySet<Step>,
  x: (us: number) => number,
): string[] {
  return steps.flatMap(({ step, end_us }) => {
    if (step.sentBytes === 0 || step.behind) return [];
    const to: Side = step.side === 'terminal' ? 'card' : 'terminal';
    const next = steps.find((each) => each.step.side === to && each.start_us >= end_us && !each.step.behind);
    if (!next) return [];
    const down = step.side === 'terminal';
    const [y1, y2] = down ? [LANE_Y.terminal + BAR, LANE_Y.card] : [LANE_Y.card, LANE_Y.terminal + BAR];
    const [x1, x2] = [x(end_us), x(next.start_us)];
    const label = down ? `${step.name} ${step.sentBytes} B` : `${step.sentBytes} B`;
    const points = `${x1},${y1} ${x2},${y2}`;
    const colour = critical.has(step) && critical.has(next.step) ? CRITICAL : MESSAGE;
    const middle = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 + (down ? 16 : -12) };
    return [
      element('polyline', { points, fill: 'none', stroke: colour, 'stroke-width': 2 }),
      element('circle', { cx: x2, cy: y2, r: 3, fill: colour }),
      // White behind the letters, where a line crosses them.
      text(middle.x, middle.y, label, {
        fill: colour,
        'font-size': 10.5,
        'text-anchor': 'middle',
        stroke: '#ffffff',
        'stroke-width': 4,
        'stroke-linejoin': 'round',
        'paint-order': 'stroke',
      }),
    ];
  });
}

/** `row`: its label stands so many lines lower, clear of another's. */
function landmark(us: number, label: string, x: (us: number) => number, row: number): string[] {
  const bottom = LANE_Y.card + BAR + 74 + 18 * row;
  return [
    line(x(us), TOP - 4, x(us), bottom, { stroke: INK, 'stroke-dasharray': '3 3' }),
    text(x(us) - 4, bottom + 4, label, { 'text-anchor': 'end', 'font-weight': 'bold' }),
  ];
}
