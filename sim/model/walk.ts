import type { SimEntropy } from '../chip/entropy.js';
import { ACTIONS, type Action, type Graph, type ModelState, parseState } from './graph.js';
import { differences } from './observe.js';
import { Deviation } from './replay.js';
import type { RunningBank } from './running-bank.js';

/** After so many actions everything begins anew. */
const LIFE_ACTIONS = 30;

export interface Walk {
  /** Actions that the model allows. */
  readonly taken: number;
  /** Actions that it does not allow, tried all the same: nothing may come of them. */
  readonly tried: number;
}

/**
 * Actions that may be tried in any state: devices or bank refuse them, and nothing moves. A touch is not
 * tried where only its bounds keep the model from it.
 */
function mayTry(action: Action, { now_at, p_out, q_past, q_receipt }: ModelState): boolean {
  switch (action) {
    case 'offer':
      return now_at === 0;
    case 'take':
    case 'refuse':
      return now_at < 3;
    case 'answer':
      // A whole touch would take the transfer first.
      return now_at < 3 && !(p_out === 1 && q_past === 0 && q_receipt === 0);
    case 'owner-reports-lost':
    case 'owner-withdraws':
      return true;
    default:
      return false;
  }
}

/**
 * A random life of the running bank and its devices: whatever happens must be an edge of the graph, and what
 * the graph does not know must be of no consequence. Throws Deviation.
 */
export async function walk(
  { states, edges }: Graph,
  bank: RunningBank,
  dice: SimEntropy,
  actions: number,
): Promise<Walk> {
  const ways = states.map(() => new Map<Action, number>());
  for (const { from, action, to } of edges) ways[from].set(action, to);
  const start = await bank.save();
  let [state, taken, tried] = [0, 0, 0];
  let life: string[] = [];
  for (let i = 0; i < actions; i++) {
    if (life.length === LIFE_ACTIONS) {
      await bank.restore(start);
      [state, life] = [0, []];
    }
    const current = parseState(states[state]);
    const possible = Object.values(ACTIONS).filter(
      (action) => ways[state].has(action) || mayTry(action, current),
    );
    const action = possible[dice.uint32() % possible.length];
    life.push(action);
    const isAllowed = ways[state].has(action);
    if (isAllowed) taken++;
    else tried++;
    await attempt(bank, action, isAllowed);
    // A touch ends the sync that was under way, whatever comes of it.
    const isCut = !isAllowed && current.line === 1 && !bank.isSyncing;
    state = ways[state].get(isCut ? 'carrier-drops' : action) ?? state;
    const found = differences(parseState(states[state]), await bank.observe());
    if (found.length > 0) throw new Deviation(`${found.join('; ')}, after ${life.join(', ')}`);
  }
  return { taken, tried };
}

async function attempt(bank: RunningBank, action: Action, isAllowed: boolean): Promise<void> {
  try {
    await bank.act(action);
  } catch (error) {
    if (isAllowed) throw error;
  }
}
