import { readFileSync } from 'node:fs';
import { Verifier } from './spin.js';

/** What a state is made of, in the order in which `write_state` of bank.pml writes it. */
const FIELDS = [
  'p_value',
  'p_out',
  'p_stopped',
  'p_new_settled',
  'p_new_out',
  'p_new_answer',
  's_stop',
  's_load',
  's_resolve',
  's_retire',
  's_value',
  'line',
  'l_stop',
  'l_load',
  'l_resolve',
  'l_retire',
  'q_past',
  'q_receipt',
  'q_told',
  'q_new_settled',
  'q_new_receipt',
  'now_at',
  'lost',
  'suspended',
  'convicted',
  'delivered',
  'state',
  'place',
  'accepted',
  'voided',
  'fresh',
  'booked',
  'note_spent',
  'b_past',
  'received',
  'net_p',
  'net_q',
  'flight',
  'waiting',
  'cash_p',
  'cash_q',
  'withdrawn',
  'late',
  'twin',
] as const;

export type Field = (typeof FIELDS)[number];
export type ModelState = Readonly<Record<Field, number>>;

/** One letter a field: a digit, and for what is below zero the letters from the end of the alphabet. */
export function parseState(text: string): ModelState {
  if (text.length !== FIELDS.length) throw new Error(`a state of ${text.length} fields`);
  const entries = FIELDS.map((field, i) => {
    const code = text.charCodeAt(i);
    return [field, code > 0x60 ? code - 0x7b : code - 0x30];
  });
  return Object.fromEntries(entries) as ModelState;
}

export interface Edge {
  readonly from: number;
  readonly action: Action;
  readonly to: number;
}

/** The states that can be reached, numbered by the length of a shortest way there; 0 is the first. */
export interface Graph {
  readonly states: readonly string[];
  readonly edges: readonly Edge[];
}

/** What Spin is to go through: names of the bounds in bank.pml. */
export interface Scope {
  readonly name: string;
  readonly what: string;
  readonly defines: readonly string[];
}

export const SCOPES: readonly Scope[] = [
  {
    name: 'touch',
    what: 'a transfer is taken, refused or lost; nobody reports a device',
    defines: ['-DLOST_BY=-1', '-DSUSPENDS_BY=-1'],
  },
  {
    name: 'load',
    what: 'a load that has not come to its device yet, and the device is reported lost',
    defines: ['-DLOAD', '-DOFFERS=0', '-DSUSPENDS_BY=-1'],
  },
  {
    name: 'loss',
    what: 'the device of a payer is reported lost, before or after it has paid',
    defines: ['-DREFUSALS=0', '-DLOST_BY=0', '-DWITHDRAWALS=0', '-DSUSPENDS_BY=-1'],
  },
  {
    name: 'copy',
    what: 'a copy of the device of a payer pays the same fen',
    defines: ['-DCOPY', '-DREFUSALS=0', '-DLOST_BY=-1', '-DTICKS_BY=0', '-DSUSPENDS_BY=-1'],
  },
  {
    name: 'suspension',
    what: 'the bank suspends the device of a payer, and lifts that',
    defines: ['-DREFUSALS=0', '-DLOST_BY=-1', '-DWITHDRAWALS=0', '-DTICKS_BY=-1', '-DSUSPENDS_BY=0'],
  },
  {
    name: 'forfeit',
    what: 'as in loss, at a bank where what is on a lost device is lost',
    defines: ['-DFORFEIT', '-DREFUSALS=0', '-DLOST_BY=0', '-DWITHDRAWALS=0', '-DSUSPENDS_BY=-1'],
  },
];

/** The whole graph of a scope, made by Spin without partial order reduction. */
export const makeGraph = (scope: Scope): Graph => explore(scope.name, ['-DBOUND', ...scope.defines]);

/** The graph of one honest payer and one honest payee, in which syncs and settlements have no bounds. */
export const makeHonestGraph = (): Graph => explore('honest', ['-DLOAD']);

function explore(name: string, defines: readonly string[]): Graph {
  const verifier = new Verifier({
    defines: ['-DGRAPH', ...defines],
    verifier: ['-DSAFETY', '-DNOREDUCE'],
  });
  const { lines, states, errors, complaint } = verifier.search();
  verifier.close();
  if (errors > 0) throw new Error(`${name}: ${complaint}`);
  const graph = numbered(lines.filter((line) => line.startsWith('EDGE ')).map((line) => line.split(' ')));
  if (graph.states.length !== states) {
    throw new Error(`${name}: ${graph.states.length} states, and Spin counts ${states}`);
  }
  return graph;
}

/** Numbers the states breadth first, so that the numbers do not depend on the order of Spin's search. */
function numbered(found: readonly string[][]): Graph {
  const ways = new Map<string, { action: Action; to: string }[]>();
  for (const [, from, action, to] of found) {
    const known = ways.get(from);
    const way = { action: action as Action, to };
    if (known) known.push(way);
    else ways.set(from, [way]);
  }
  const [first] = found.map(([, from]) => from);
  const numbers = new Map([[first, 0]]);
  const edges: Edge[] = [];
  for (const [state, from] of numbers) {
    const out = (ways.get(state) ?? []).sort((a, b) => (a.action < b.action ? -1 : 1));
    for (const { action, to } of out) {
      if (!numbers.has(to)) numbers.set(to, numbers.size);
      edges.push({ from, action, to: numbers.get(to)! });
    }
  }
  return { states: [...numbers.keys()], edges };
}

/** What can happen, by its letter in a graph's file. */
export const ACTIONS = {
  a: 'answer',
  b: 'bank-issues',
  c: 'cheat',
  d: 'carrier-drops',
  e: 'payee-settles',
  l: 'owner-reports-lost',
  o: 'offer',
  p: 'payer-uploads',
  q: 'payee-uploads',
  r: 'refuse',
  s: 'payer-applies',
  t: 'take',
  u: 'bank-suspends',
  v: 'bank-lifts',
  w: 'owner-withdraws',
  y: 'time-passes',
} as const;
export type Action = (typeof ACTIONS)[keyof typeof ACTIONS];

const LETTERS = new Map<string, string>(Object.entries(ACTIONS).map(([letter, action]) => [action, letter]));

/** One line a state: the state, then where each action leads, as a letter and the number of a line from 0. */
export function writeGraph({ states, edges }: Graph): string {
  const out = states.map((state) => [state]);
  for (const { from, action, to } of edges) out[from].push(`${LETTERS.get(action)}${to}`);
  return `${out.map((line) => line.join(' ')).join('\n')}\n`;
}

function parseGraph(text: string): Graph {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  const edges = lines.flatMap(([, ...out], from) =>
    out.map((edge) => ({
      from,
      action: ACTIONS[edge[0] as keyof typeof ACTIONS],
      to: Number(edge.slice(1)),
    })),
  );
  return { states: lines.map(([state]) => state), edges };
}

export const graphFile = (scope: Scope): URL => new URL(`graphs/${scope.name}.txt`, import.meta.url);

/** The graph that is committed. */
export const readGraph = (scope: Scope): Graph => parseGraph(readFileSync(graphFile(scope), 'utf8'));
