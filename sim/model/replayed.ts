import type { Graph, Scope } from './graph.js';
import { type Coverage, Replay } from './replay.js';
import { RunningBank } from './running-bank.js';

/** A running bank in the first state of a scope. */
export const openFor = ({ defines }: Pick<Scope, 'defines'>): Promise<RunningBank> =>
  RunningBank.open(!defines.includes('-DLOAD'), defines.includes('-DFORFEIT') ? 'forfeited' : 'recovered');

/** Goes along every edge of the scope's graph with a running bank of its own. Throws Deviation. */
export async function replay(scope: Scope, graph: Graph): Promise<Coverage> {
  const bank = await openFor(scope);
  try {
    return await new Replay(graph, bank).run();
  } finally {
    await bank.close();
  }
}
