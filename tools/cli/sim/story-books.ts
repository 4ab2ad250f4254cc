import type { Holding, RunReport } from '../../../sim/scenario/events.js';
import { t } from '../../../sim/texts/language.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { MARGIN } from '../output/text.js';

type Audit = RunReport['audit'];
type Money = (minor: number) => string;

/** Who holds what. */
export function tellHoldings(out: Output, money: Money, holdings: readonly Holding[]): void {
  const head = ['', t`on the device`, t`of it received`, t`in flight`, t`in the account`];
  const rows = holdings.map(({ name, held, received, inFlight, account }) => [
    name,
    money(held),
    money(received),
    money(inFlight),
    account === undefined ? '—' : money(account),
  ]);
  for (const line of table([head, ...rows])) out.line(MARGIN + line);
}

export function verdict(out: Output, { faults, losses }: Audit): string {
  if (faults.length > 0) return out.style(['red', 'bold'], t`MONEY IS MISSING`);
  return losses.length > 0
    ? out.style('yellow', t`the books are right, and money is lost`)
    : out.style('green', t`all money is there`);
}

/**
 * The books, every term of them: two pairs of sums, each sum from terms of its own, and what the devices say.
 */
export function tellAudit(out: Output, money: Money, audit: Audit): void {
  const { bank } = audit;
  const { deposited, withdrawn, available, issued, redeemed, onDevices, inFlight, heldBack } = bank;
  const owed = bank.owed + bank.lost;
  const { overdrawn } = bank;
  const advanced = overdrawn > 0 ? t` − advanced for bills ${money(overdrawn)}` : '';
  const kept = heldBack > 0 ? t` + held back ${money(heldBack)}` : '';
  const sum = (total: number) => `= ${money(total)}`;
  const rows: [string, string, string][] = [
    [
      t`all money`,
      t`deposited ${money(deposited)} − withdrawn ${money(withdrawn)}`,
      sum(deposited - withdrawn),
    ],
    [
      '',
      t`in accounts ${money(available)} + on devices ${money(onDevices)} + in flight ${money(inFlight)}${kept} − owed ${money(owed)}${advanced}`,
      sum(available + onDevices + inFlight + heldBack - owed - overdrawn),
    ],
    [t`on devices`, t`issued ${money(issued)} + owed ${money(owed)}`, sum(issued + owed)],
    [
      '',
      t`held ${money(onDevices)} + in flight ${money(inFlight)}${kept} + back in accounts ${money(redeemed)}`,
      sum(onDevices + inFlight + heldBack + redeemed),
    ],
    [
      t`by their own flash`,
      t`held ${money(audit.held)} + in flight ${money(audit.inFlight)}`,
      sum(audit.held + audit.inFlight),
    ],
  ];
  const width = Math.max(...rows.map((row) => row[2].length));
  out.line(MARGIN + t`Audit: ${verdict(out, audit)}.`);
  for (const line of table(rows.map(([of, terms, total]) => [of, terms, total.padStart(width)]))) {
    out.line(MARGIN + line);
  }
  if (owed > 0) remark(out, t`Owed is what devices have spent beyond what they have shown.`);
  for (const { device, amount, kind } of audit.losses) {
    const sum = money(amount);
    remark(
      out,
      kind === 'late'
        ? t`Lost: ${sum} was paid too late to device ${device}.`
        : t`Lost: ${sum} was spent twice by device ${device}.`,
    );
  }
  const more = onDevices + inFlight - audit.held - audit.inFlight;
  if (more !== 0) {
    const side = more > 0 ? t`${money(more)} more` : t`${money(-more)} less`;
    remark(
      out,
      t`The books count ${side} than the devices: what has not synced, waits for a sync, or is withheld from double spenders.`,
    );
  }
  for (const fault of audit.faults) out.line(MARGIN + out.style(['red', 'bold'], fault));
}

function remark(out: Output, text: string): void {
  out.line(MARGIN + out.style('dim', text));
}
