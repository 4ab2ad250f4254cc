/** What a touch costs when there is more behind it: one small plot for each thing that grows. */
import { CURVES, type Curve, slope } from './growth.js';
import type { Results } from './results.js';
import type { Side } from './steps.js';
import { BLUE, element, FAINT, INK, line, ORANGE, picture, RULE, rect, text } from './svg.js';

const PANEL = { width: 540, height: 216, plotLeft: 44, plotTop: 42, plotWidth: 470, plotHeight: 130 };
const TOP = 62;
const COLOUR: Record<Side, string> = { terminal: BLUE, card: ORANGE };
const MILLION = 1e6;
const STEP_M = 5;
/** A short axis is linear, a long one logarithmic. */
const LINEAR_MAX = 20;

export function growthPicture({ growth }: Results): string {
  const curves = CURVES.flatMap((name) => growth[name] ?? []);
  const most = Math.max(...curves.flatMap(({ points }) => points.flatMap(both)));
  const top_M = Math.ceil(most / MILLION / STEP_M) * STEP_M;
  const parts = [
    text(24, 28, 'Instructions of a whole touch, against what lies behind it', {
      'font-size': 17,
      'font-weight': 'bold',
    }),
    ...(['terminal', 'card'] as const).flatMap((side, i) => [
      rect(24 + i * 100, 40, 12, 12, { fill: COLOUR[side] }),
      text(41 + i * 100, 50, side),
    ]),
    text(224, 50, 'millions on an emulated rv32imc chip; strangers; long axes are logarithmic', {
      fill: FAINT,
    }),
    ...curves.map((curve, i) =>
      panel(curve, top_M, (i % 2) * PANEL.width, TOP + Math.floor(i / 2) * PANEL.height),
    ),
  ];
  return picture(2 * PANEL.width + 20, TOP + 2 * PANEL.height + 8, 'Growth of a touch', parts);
}

const both = ({ instructions }: Curve['points'][number]) => [instructions.terminal, instructions.card];

function panel(curve: Curve, top_M: number, left: number, top: number): string {
  const { points, what } = curve;
  const { plotLeft, plotTop, plotWidth, plotHeight } = PANEL;
  const last = points[points.length - 1].at;
  const first = points[0].at;
  const place = (at: number) => (last < LINEAR_MAX ? at : Math.log(at - first + 1));
  const x = (at: number) => plotLeft + (place(at) / place(last)) * plotWidth;
  const y = (count: number) => plotTop + plotHeight * (1 - count / MILLION / top_M);
  const parts = [
    text(plotLeft, 20, what, { 'font-weight': 'bold' }),
    text(
      plotLeft,
      35,
      `${signed(slope(curve))} instructions for each more${curve.from > 0 ? `, from ${curve.from} on` : ''}`,
      {
        fill: FAINT,
        'font-size': 11,
      },
    ),
  ];
  for (let value_M = 0; value_M <= top_M; value_M += STEP_M) {
    const at = y(value_M * MILLION);
    parts.push(line(plotLeft, at, plotLeft + plotWidth, at, { stroke: RULE }));
    parts.push(text(plotLeft - 8, at + 4, String(value_M), { 'text-anchor': 'end', fill: FAINT }));
  }
  for (const { at } of points) {
    parts.push(line(x(at), y(0), x(at), y(0) + 4, { stroke: INK }));
    parts.push(
      text(x(at), y(0) + 17, at.toLocaleString('en-GB'), {
        'text-anchor': 'middle',
        fill: FAINT,
        'font-size': 10,
      }),
    );
  }
  for (const side of ['terminal', 'card'] as const) {
    const line_ = points.map(
      ({ at, instructions }) => `${x(at).toFixed(1)},${y(instructions[side]).toFixed(1)}`,
    );
    parts.push(
      element('polyline', { points: line_.join(' '), fill: 'none', stroke: COLOUR[side], 'stroke-width': 2 }),
      ...points.map(({ at, instructions }) =>
        element('circle', { cx: x(at), cy: y(instructions[side]), r: 3, fill: COLOUR[side] }),
      ),
    );
  }
  return element('g', { transform: `translate(${left} ${top})` }, parts.join('\n'));
}

const signed = (value: number) =>
  `${value < 0 ? '−' : '+'}${Math.abs(Math.round(value)).toLocaleString('en-GB')}`;
