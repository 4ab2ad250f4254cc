import type { RunReport } from '../sim/scenario-events.js';
import type { Story } from './story.js';
import { table } from './table.js';
import type { Output } from './terminal-output.js';
import { count, milliseconds } from './words.js';

/** What is left at the end of a run: who holds what, who is accused, the audit, and the figures. */
export function tellEnding(out: Output, story: Story, report: RunReport): void {
  const { totals, accused } = report;
  out.line();
  out.line(out.style('bold', 'At the end'));
  story.holdings(report.holdings);
  out.line();
  story.auditTable(report.audit);
  out.line();
  for (const line of accusedLines(accused)) out.line(`          ${line}`);
  const times = totals.touch_us;
  const rows = [
    [
      'touches',
      count(totals.touches),
      `${count(totals.paid)} paid, ${count(totals.refused)} refused, ${count(totals.torn)} torn, ${count(totals.resumed)} resumed`,
    ],
    ['syncs', count(totals.syncs), ''],
    ['APDU bytes', count(totals.apduBytes), ''],
    ['bytes on air', count(totals.airBytes), ''],
    ...(times
      ? [
          [
            'a paid touch',
            milliseconds(times.mean),
            `mean; ${milliseconds(times.min)} to ${milliseconds(times.max)}, without compute, which is not measured`,
          ],
        ]
      : []),
  ];
  for (const line of table(rows)) out.line(`          ${line}`);
  out.line();
}

function accusedLines(accused: RunReport['accused']): string[] {
  if (accused.length === 0) return ['Nobody is accused.'];
  return accused.map(
    ({ who, device, proof, bytes, verified }) =>
      `Accused: ${who}, device ${device}, proof by ${proof}, ${count(bytes.length / 2)} bytes: ${
        verified ? 'verified with nothing but the root’s public key' : 'DOES NOT VERIFY'
      }`,
  );
}
