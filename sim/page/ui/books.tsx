import { t } from '../../texts/language.js';
import { count } from '../../words.js';
import type { PageView } from '../view.js';
import { Head } from './head.js';

interface Props {
  readonly view: PageView;
  money(minor: number): string;
}

/** The audit: all money counted two ways, and who is named. */
export function Books({ view: { audit, accused, devices }, money }: Props) {
  const { bank, faults, losses } = audit;
  const owed = bank.owed + bank.lost;
  const rows: [string, string, number][] = [
    [
      t`paid into accounts − taken out`,
      `${money(bank.deposited)} − ${money(bank.withdrawn)}`,
      bank.deposited - bank.withdrawn,
    ],
    [
      t`in accounts + on devices + in flight + held back − owed`,
      [bank.available, bank.onDevices, bank.inFlight, bank.heldBack].map(money).join(' + ') +
        ` − ${money(owed)}`,
      bank.available + bank.onDevices + bank.inFlight + bank.heldBack - owed,
    ],
    [
      t`by the devices’ own flash: held + in flight`,
      `${money(audit.held)} + ${money(audit.inFlight)}`,
      audit.held + audit.inFlight,
    ],
  ];
  const isWhole = faults.length === 0;
  const verdict = isWhole
    ? losses.length > 0
      ? t`The books are right, and money is lost.`
      : t`All money is there.`
    : t`Money is missing.`;
  return (
    <>
      <h2>{t`The books of the bank`}</h2>
      <p class={`outcome ${isWhole ? (losses.length > 0 ? 'odd' : 'good') : 'bad'}`}>{verdict}</p>
      <table>
        <Head columns={[t`counted`, t`terms`, t`sum`]} />
        <tbody>
          {rows.map(([what, terms, sum]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{terms}</td>
              <td class="sum">{money(sum)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{apartWords(bank.onDevices + bank.inFlight - audit.held - audit.inFlight, money)}</p>
      {faults.map((fault) => (
        <p class="outcome bad" key={fault}>
          {fault}
        </p>
      ))}
      {losses.map(({ device, amount, kind }) => (
        <p class="outcome odd" key={device + kind}>
          {kind === 'late'
            ? t`Lost: ${money(amount)} was paid too late to device`
            : t`Lost: ${money(amount)} was spent twice by device`}{' '}
          <code>{device}</code>
        </p>
      ))}
      <h3>{t`Who is named`}</h3>
      {accused.length === 0 ? (
        <p>{t`Nobody. The bank names whoever has spent twice, with a proof that anybody can check.`}</p>
      ) : (
        <ul>
          {accused.map(({ who, device, proof, bytes, verified }) => (
            <li key={device}>
              <b>{who}</b> <code>{device}</code>{' '}
              {t`proof by ${proof}, ${count(bytes.length / 2)} bytes, ${
                verified ? t`verified with the root’s public key alone` : t`which does not verify`
              }`}
            </li>
          ))}
        </ul>
      )}
      <h3>{t`Who holds what`}</h3>
      <table>
        <Head columns={[t`who`, t`on the device`, t`in flight, as it knows`, t`in the account`]} />
        <tbody>
          {devices.map(({ name, held, inFlight, account }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{money(held)}</td>
              <td>{money(inFlight)}</td>
              <td>{account === undefined ? '–' : money(account)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Why the bank and the devices count differently. */
function apartWords(more: number, money: Props['money']): string {
  if (more === 0) return t`The books and the devices’ own flash agree, to the last unit.`;
  const side = more > 0 ? t`${money(more)} more` : t`${money(-more)} less`;
  const why = t`The books count ${side} than the devices: what has not synced, waits for a sync, or is withheld from double spenders.`;
  return `${why} ${t`What a copied card shows is counted nowhere.`}`;
}
