import type { RunReport } from '../../../sim/scenario/events.js';
import { t } from '../../../sim/texts/language.js';
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
  out.line(out.style('bold', t`At the end`));
  tellHoldings(out, money, report.holdings);
  out.line();
  for (const line of accusedLines(accused)) out.line(MARGIN + line);
  const times = totals.touch_us;
  const rows = [
    [t`touches`, count(totals.touches), outcomes(totals)],
    [t`syncs`, count(totals.syncs), ''],
    [t`APDU bytes`, count(totals.apduBytes), ''],
    [t`bytes on air`, count(totals.airBytes), ''],
    ...(times
      ? [
          [
            t`a paid touch`,
            milliseconds(times.mean),
            t`mean; ${milliseconds(times.min)} to ${milliseconds(times.max)}, ${computeWords(report)}`,
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
  compute ? t`with compute as counted on the emulated chip` : t`without compute, which is not measured`;

function outcomes({ paid, refused, torn, resumed, asked }: RunReport['totals']): string {
  const parts = [
    t`${count(paid)} paid`,
    t`${count(refused)} refused`,
    t`${count(torn)} torn`,
    ...(resumed > 0 ? [t`${count(resumed)} resumed`] : []),
    ...(asked > 0 ? [t`${count(asked)} asked for the button`] : []),
  ];
  return parts.join(', ');
}

function accusedLines(accused: RunReport['accused']): string[] {
  if (accused.length === 0) return [t`Nobody is accused.`];
  return accused.map(
    ({ who, device, proof, bytes, verified }) =>
      t`Accused: ${who}, device ${device}, proof by ${proof}, ${count(bytes.length / 2)} bytes: ${
        verified ? t`verified with the root’s public key alone` : t`DOES NOT VERIFY`
      }`,
  );
}
