import { runOnChip } from '../../../tools/xs/run.js';
const r = await runOnChip('./test/xs/tmp/profile-entry.ts', { timeoutMs: 120000 });
console.log(r.output.slice(0, 9000), r.exitCode);
