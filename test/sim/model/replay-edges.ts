import { expect, it } from 'vitest';
import { readGraph, SCOPES } from '../../../sim/model/graph.js';
import { replay } from '../../../sim/model/replayed.js';

/** The running bank and real devices go along every edge of a graph that is committed. */
export function replaysEveryEdge(name: string): void {
  const scope = SCOPES.find((each) => each.name === name)!;
  it(`is what the running bank does, edge by edge: ${scope.what}`, async () => {
    const graph = readGraph(scope);
    const { edges } = await replay(scope, graph);
    console.log(`${name}: ${edges} of ${graph.edges.length} edges replayed`);
    expect(edges).toBe(graph.edges.length);
  });
}
