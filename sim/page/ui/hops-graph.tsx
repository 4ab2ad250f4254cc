import type { OriginEdge, OriginNode, Origins } from '../../inspect/origins.js';
import { t } from '../../texts/language.js';
import { Head } from './head.js';

interface Props {
  readonly origins: Origins;
  money(minor: number): string;
}

/** Units of the drawing, which is as wide as the panel. */
const WIDTH = 360;
const ROW = 74;
const BOX = { width: 84, height: 34 };
/** In a row; the others are told in the table. */
const NODES_MAX = 4;
const NAME_SHOWN = { note: 8, device: 12, forgotten: 12 };

interface Place {
  readonly node: OriginNode;
  readonly x: number;
  readonly y: number;
}

/** Notes above, the device that holds the money below, and the payments on the way between them. */
export function HopsGraph({ origins: { nodes, edges }, money }: Props) {
  if (edges.length === 0) return <p class="hint">{t`It holds nothing.`}</p>;
  const rows = rowsOf(nodes, edges);
  const height = rows.length * ROW;
  const places = new Map<string, Place>();
  for (const [row, inRow] of rows.entries())
    for (const [i, node] of inRow.entries())
      places.set(node.key, { node, x: ((i + 0.5) * WIDTH) / inRow.length, y: (row + 0.5) * ROW });
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    return from && to ? [{ ...edge, start: from, end: to }] : [];
  });
  const left = nodes.length - places.size;
  return (
    <>
      <figure>
        <svg
          class="hops-graph"
          viewBox={`0 0 ${WIDTH} ${height}`}
          role="img"
          aria-label={t`The table below, drawn`}
        >
          {drawn.map(({ from, to, start, end }) => (
            <path key={`${from} ${to}`} class="edge" d={wayOf(start, end)} />
          ))}
          {drawn.map(({ from, to, start, end, amount, payments }) => (
            <text
              key={`${from} ${to}`}
              class="sum"
              x={labelAt(start.x, end.x)}
              y={labelAt(start.y, end.y) + 4}
            >
              {money(amount)}
              {payments > 1 && t` in ${payments}`}
            </text>
          ))}
          {[...places.values()].map(({ node, x, y }) => (
            <g key={node.key} class={`origin ${node.kind}`}>
              <rect
                x={x - BOX.width / 2}
                y={y - BOX.height / 2}
                width={BOX.width}
                height={BOX.height}
                rx="6"
              />
              <text x={x} y={y - 2}>
                {shortened(node)}
              </text>
              <text class="kind" x={x} y={y + 11}>
                {kindOf(node)}
              </text>
            </g>
          ))}
        </svg>
      </figure>
      <table class="figures">
        <Head columns={[t`from`, t`amount`, t`to`]} />
        <tbody>
          {edges.map(({ from, to, amount, payments }) => (
            <tr key={`${from} ${to}`}>
              <th scope="row">{nameOf(nodes, from)}</th>
              <td>{money(amount)}</td>
              <td>
                {nameOf(nodes, to)}
                {payments > 1 && t`, in ${payments} payments`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        {t`By the journals in the devices’ own flash, and the firmware’s rule for what a payment uses up.`}
        {left > 0 && t` ${left} more are in the table alone.`}
      </p>
    </>
  );
}

/** The row with the notes first; in a row, those through which most has come. */
function rowsOf(nodes: readonly OriginNode[], edges: readonly OriginEdge[]): OriginNode[][] {
  const weight = ({ key }: OriginNode): number =>
    edges.reduce((sum, { from, amount }) => (from === key ? sum + amount : sum), 0);
  const deepest = Math.max(...nodes.map(({ depth }) => depth));
  return Array.from({ length: deepest + 1 }, (_, i) =>
    nodes
      .filter(({ depth }) => depth === deepest - i)
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, NODES_MAX),
  );
}

function wayOf(start: Place, end: Place): string {
  const [from, to] = [start.y + BOX.height / 2, end.y - BOX.height / 2 - 2];
  const middle = (from + to) / 2;
  return `M ${start.x} ${from} C ${start.x} ${middle} ${end.x} ${middle} ${end.x} ${to} m -3 -5 l 3 5 l 3 -5`;
}

/** Nearer to where it comes from: there ways lie apart. */
const labelAt = (from: number, to: number): number => from + 0.45 * (to - from);

function kindOf({ kind, depth }: OriginNode): string {
  if (kind === 'note') return t`note`;
  if (kind === 'forgotten') return t`settled since`;
  return depth === 0 ? t`holds it` : t`paid on`;
}

function shortened({ kind, name }: OriginNode): string {
  const most = NAME_SHOWN[kind];
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

function nameOf(nodes: readonly OriginNode[], key: string): string {
  const node = nodes.find((each) => each.key === key);
  if (!node) return '';
  if (node.kind === 'note') return t`note ${node.name}`;
  return node.kind === 'forgotten' ? t`what ${node.name} has settled since` : node.name;
}
