import { type Edge, type Graph, parseState } from './graph.js';
import { differences } from './observe.js';
import type { RunningBank, Snapshot } from './running-bank.js';

/** Actions between two audits; the database looks at its own invariants after every transaction. */
const AUDIT_EVERY = 25;

export interface Coverage {
  readonly edges: number;
  /** Actions that were done to the running bank, the ways to the edges counted. */
  readonly actions: number;
}

/** The running bank is not where the model is. */
export class Deviation extends Error {}

/** An edge of the tree of shortest ways, or one that leads to a state which has another way. */
interface Way {
  readonly edge: Edge;
  readonly isOfTree: boolean;
}

/**
 * Goes along every edge of a graph with the running bank, by a shortest way each, and compares the two after
 * every action. The ways are a tree. Where it branches, everything is set back to the branch; in the middle
 * of a sync that cannot be done, and the way is gone again from the last state where it can.
 */
export class Replay {
  readonly #waysOf: Way[][];
  readonly #parent: (Edge | undefined)[];
  #edges = 0;
  #actions = 0;

  constructor(
    private readonly graph: Graph,
    private readonly bank: RunningBank,
  ) {
    this.#waysOf = graph.states.map(() => []);
    this.#parent = graph.states.map(() => undefined);
    for (const edge of graph.edges) {
      const isOfTree = edge.to !== 0 && this.#parent[edge.to] === undefined;
      if (isOfTree) this.#parent[edge.to] = edge;
      this.#waysOf[edge.from].push({ edge, isOfTree });
    }
  }

  /** Throws Deviation with the way that leads to it. */
  async run(): Promise<Coverage> {
    await this.#compare(0);
    await this.#visit(0, await this.bank.save(), []);
    return { edges: this.#edges, actions: this.#actions };
  }

  /**
   * `snapshot` and `since`: where everything can be set back to, and the edges from there to this state. The
   * bank is in this state.
   */
  async #visit(state: number, snapshot: Snapshot, since: readonly Edge[]): Promise<void> {
    let isHere = true;
    for (const { edge, isOfTree } of this.#waysOf[state]) {
      if (!isHere) {
        await this.bank.restore(snapshot);
        for (const before of since) await this.#go(before);
      }
      isHere = false;
      await this.#go(edge);
      this.#edges++;
      if (!isOfTree) continue;
      if (this.bank.isSyncing) await this.#visit(edge.to, snapshot, [...since, edge]);
      else await this.#visit(edge.to, await this.bank.save(), []);
    }
  }

  async #go(edge: Edge): Promise<void> {
    this.#actions++;
    try {
      await this.bank.act(edge.action);
    } catch (error) {
      throw new Deviation(`${(error as Error).message}${this.#wayTo(edge)}`);
    }
    await this.#compare(edge.to, edge);
    if (this.#actions % AUDIT_EVERY !== 0) return;
    const faults = await this.bank.faults();
    if (faults.length > 0) throw new Deviation(`${faults.join('; ')}${this.#wayTo(edge)}`);
  }

  async #compare(state: number, edge?: Edge): Promise<void> {
    const found = differences(parseState(this.graph.states[state]), await this.bank.observe());
    if (found.length > 0) throw new Deviation(`${found.join('; ')}${edge ? this.#wayTo(edge) : ''}`);
  }

  #wayTo(edge: Edge): string {
    const actions: string[] = [];
    for (let at: Edge | undefined = edge; at; at = this.#parent[at.from]) actions.unshift(at.action);
    return `, after ${actions.join(', ')}`;
  }
}
