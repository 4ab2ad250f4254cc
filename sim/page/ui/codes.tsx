import { useState } from 'preact/hooks';
import type { Step } from '../../scenario/scenario.js';
import type { WallTime } from '../../words.js';
import type { Fault } from '../messages.js';
import type { GateView, PageView, PhoneView } from '../view.js';
import { minorOf } from './amount.js';
import { Head } from './head.js';
import { QrCode } from './qr-code.js';

interface Props {
  readonly view: PageView;
  money(minor: number): string;
  readonly time: WallTime;
  play(step: Step): void;
  fail(fault: Fault): void;
}

/** Bill first, deduct later: phones that show codes, and gates that scan them. */
export function Codes({ view, money, time, play, fail }: Props) {
  const [amount, setAmount] = useState('3.50');
  const { phones, gates, currency } = view;
  if (phones.length === 0) return <p class="empty">Nobody in this town pays by code.</p>;
  const withAmount = (act: (minor: number) => void): void => {
    const minor = minorOf(amount, currency);
    if (minor === undefined) fail({ code: 'amount', message: 'Write an amount such as 3.50.' });
    else act(minor);
  };
  return (
    <>
      <h2>Pay by code</h2>
      <p class="hint">
        A phone shows a code that its platform and its user have signed. A gate without a network reads it,
        decides by both signatures and its own rules, and books a bill, which is deducted later.
      </p>
      <label class="code-amount">
        <span>To be billed, {currency}</span>
        <input
          name="code-amount"
          inputMode="decimal"
          autocomplete="off"
          value={amount}
          onInput={({ currentTarget }) => setAmount(currentTarget.value)}
        />
      </label>
      {phones.map((phone) => (
        <PhoneTile
          key={phone.name}
          phone={phone}
          gates={gates}
          now_s={view.time_s}
          money={money}
          time={time}
          show={() => play({ do: 'code', who: phone.name })}
          showPriced={() => withAmount((minor) => play({ do: 'code', who: phone.name, amount: minor }))}
          scan={(at) => withAmount((minor) => play({ do: 'scan', at, who: phone.name, amount: minor }))}
        />
      ))}
      {gates.map((gate) => (
        <Bills key={gate.name} gate={gate} money={money} time={time} />
      ))}
    </>
  );
}

interface PhoneProps extends Pick<Props, 'money' | 'time'> {
  readonly phone: PhoneView;
  readonly gates: readonly GateView[];
  readonly now_s: number;
  show(): void;
  showPriced(): void;
  scan(at: string): void;
}

function PhoneTile({ phone, gates, now_s, money, time, show, showPriced, scan }: PhoneProps) {
  const { name, quota, shown } = phone;
  return (
    <section class="phone" aria-label={`Phone of ${name}`}>
      <div class="glass">
        {shown ? (
          <QrCode text={shown.text} label={`Code ${shown.counter} of ${name}`} />
        ) : (
          <p class="empty">no code yet</p>
        )}
      </div>
      <div class="beside">
        <h3>{name}</h3>
        <p class="hint">
          The platform stands for {money(quota)}.
          <br />
          {shown ? codeWords(shown, now_s, money, time) : 'The phone shows nothing.'}
        </p>
        <div class="buttons">
          <button type="button" onClick={show}>
            Show a code: {name}
          </button>
          <button type="button" onClick={showPriced}>
            Show one for the amount: {name}
          </button>
          {gates.map((gate) => (
            <button
              type="button"
              class="main"
              key={gate.name}
              disabled={!shown}
              onClick={() => scan(gate.name)}
            >
              {gate.name} scans {name}
            </button>
          ))}
        </div>
      </div>
    </section>
  );
}

function codeWords(
  { counter, amount, until_s }: NonNullable<PhoneView['shown']>,
  now_s: number,
  money: Props['money'],
  time: WallTime,
): string {
  const what = amount === undefined ? 'for any amount' : `for ${money(amount)} alone`;
  const until = now_s > until_s ? 'ran out at' : 'is valid until';
  return `Code ${counter}, ${what}, ${until} ${time.time(until_s)}.`;
}

function Bills({
  gate: { name, amount, bills },
  money,
  time,
}: { gate: GateView } & Pick<Props, 'money' | 'time'>) {
  return (
    <>
      <h3>
        {name}: {money(amount)} billed
      </h3>
      {bills.length === 0 ? (
        <p class="hint">It has booked nothing yet.</p>
      ) : (
        <table>
          <Head columns={['at', 'who', 'code', 'amount']} />
          <tbody>
            {bills.map((bill) => (
              <tr key={`${bill.who} ${bill.counter}`}>
                <td>{time.time(bill.time_s)}</td>
                <th scope="row">{bill.who}</th>
                <td>{bill.counter}</td>
                <td>{money(bill.amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
