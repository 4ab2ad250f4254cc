import { SCOPES, makeGraph } from '/work/w12/sim/model/graph.js';
import { Replay } from '/work/w12/sim/model/replay.js';
import { RunningBank } from '/work/w12/sim/model/running-bank.js';
const scope = SCOPES.find((s) => s.name === process.argv[2])!;
const graph = makeGraph(scope);
console.log(graph.states.length, graph.edges.length);
const bank = await RunningBank.open(!scope.defines.includes('-DLOAD'));
const t = Date.now();
try { console.log(await new Replay(graph, bank).run()); } catch (e) { console.log(e); }
console.log((Date.now() - t) / 1000);
await bank.close();
