import type { Spent } from '../../sim/account/noon/settling.js';

/** Begins to measure what this process takes; the result says how much that was until it is called. */
export function meter(): () => Spent {
  const before = process.cpuUsage();
  const began_ms = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { cpu_s: (user + system) / 1e6, wall_s: (performance.now() - began_ms) / 1_000 };
  };
}
