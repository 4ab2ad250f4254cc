import type { RunReport } from '../../../sim/scenario/events.js';
import { count, milliseconds, moneyFormat } from '../../../sim/words.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { MARGIN } from '../output/text.js';
import { tellAudit, tellHoldings } from './story-books.js';

/** What is left at the end of a run: who holds what, who is accused, the audit, and the figures. */
export function tellEnding(out: Output, report: RunReport): void {
  const money = moneyFormat(report.currency);
  const { totals, accused } = report;
  out.line();
  out.line(out.style('bold', 'At the end'));
  tellHoldings(out, money, report.holdings);
  out.line();
  for (const line of accusedLines(accused)) out.line(MARGIN + line);
  const times = totals.touch_us;
  const rows = [
    ['touches', count(totals.touches), outcomes(totals)],
    ['syncs', count(totals.syncs), ''],
    ['APDU bytes', count(totals.apduBytes), ''],
    ['bytes on air', count(totals.airBytes), ''],
    ...(times
      ? [
          [
            'a paid touch',
            milliseconds(times.mean),
            `mean; ${milliseconds(times.min)} to ${milliseconds(times.max)}, ${computeWords(report)}`,
          ],
        ]
      : []),
  ];
  for (const line of table(rows)) out.line(MARGIN + line);
  out.line();
  tellAudit(out, money, report.audit);
  out.line();
}

const computeWords = ({ compute }: RunReport): string =>
  compute ? 'with compute as counted on the emulated chip' : 'without compute, which is not measured';

function outcomes({ paid, refused, torn, resumed, asked }: RunReport['totals']): string {
  const parts = [
    `${count(paid)} paid`,
    `${count(refused)} refused`,
    `${count(torn)} torn`,
    ...(resumed > 0 ? [`${count(resumed)} resumed`] : []),
    ...(asked > 0 ? [`${count(asked)} asked for the button`] : []),
  ];
  return parts.join(', ');
}

function accusedLines(accused: RunReport['accused']): string[] {
  if (accused.length === 0) return ['Nobody is accused.'];
  return accused.map(
    ({ who, device, proof, bytes, verified }) =>
      `Accused: ${who}, device ${device}, proof by ${proof}, ${count(bytes.length / 2)} bytes: ${
        verified ? 'verified with the root’s public key alone' : 'DOES NOT VERIFY'
      }`,
  );
}
