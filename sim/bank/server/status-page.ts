import { hex } from '../bytes.js';

interface State {
  readonly syncs_open: number;
  readonly uptime_seconds: number;
  readonly bank_time_seconds: number;
}

/** A page for whoever opens the bank's address in a browser: that it is there, and whose it is. */
export function statusPage(root: Uint8Array, state: State): string {
  const rows = [
    ['root key', hex(root)],
    ['bank time', new Date(state.bank_time_seconds * 1_000).toISOString()],
    ['serves since', `${state.uptime_seconds} s`],
    ['syncs under way', `${state.syncs_open}`],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>tapnote bank</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem }
td, th { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top }
td { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
</style>
<h1>tapnote bank</h1>
<p>This bank is served. Wallets sync at <code>/v1/sync</code>; figures are at <a href="/metrics">/metrics</a>.</p>
<table>
${rows.map(([name, value]) => `<tr><th scope="row">${name}<td>${value}`).join('\n')}
</table>
</html>
`;
}
