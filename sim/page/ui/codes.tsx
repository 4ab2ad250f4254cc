import { useState } from 'preact/hooks';
import { inMajor } from '../../../firmware/ui/money.js';
import type { Step } from '../../scenario/scenario.js';
import { t } from '../../texts/language.js';
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

/** Minor units. */
const EXAMPLE = 350;

/** Bill first, deduct later: phones that show codes, and gates that scan them. */
export function Codes({ view, money, time, play, fail }: Props) {
  const { phones, gates, devices, currency } = view;
  const wearables = devices.filter(({ code }) => code !== undefined);
  const example = inMajor(EXAMPLE, currency);
  const [amount, setAmount] = useState(example);
  if (phones.length === 0) return <p class="empty">{t`Nobody in this town pays by code.`}</p>;
  const withAmount = (act: (minor: number) => void): void => {
    const minor = minorOf(amount, currency);
    if (minor === undefined) fail({ code: 'amount', message: t`Write an amount such as ${example}.` });
    else act(minor);
  };
  return (
    <>
      <h2>{t`Pay by code`}</h2>
      <p class="hint">
        {t`A phone shows a code that its platform and its user have signed. A gate without a network reads it, decides by both signatures and its own rules, and books a bill, which is deducted later.`}
      </p>
      <label class="code-amount">
        <span>{t`To be billed, ${currency}`}</span>
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
      {wearables.map(({ name }) => (
        <section class="scans" key={name} aria-label={t`Wearable of ${name}`}>
          <p class="hint">{t`${name} shows a code on the screen of a wearable.`}</p>
          <div class="buttons">
            <Scans
              gates={gates}
              name={name}
              scan={(at) => withAmount((minor) => play({ do: 'scan', at, who: name, amount: minor }))}
            />
          </div>
        </section>
      ))}
      {gates.map((gate) => (
        <Bills key={gate.name} gate={gate} money={money} time={time} />
      ))}
      <div class="buttons">
        <button type="button" onClick={() => play({ do: 'upload' })}>
          {t`Upload the bills: they are deducted`}
        </button>
      </div>
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
    <section class="phone" aria-label={t`Phone of ${name}`}>
      <div class="glass">
        {shown ? (
          <QrCode text={shown.text} label={t`Code ${shown.counter} of ${name}`} />
        ) : (
          <p class="empty">{t`no code yet`}</p>
        )}
      </div>
      <div class="beside">
        <h3>{name}</h3>
        <p class="hint">
          {t`The platform stands for ${money(quota)}.`}
          <br />
          {shown ? codeWords(shown, now_s, money, time) : t`The phone shows nothing.`}
        </p>
        <div class="buttons">
          <button type="button" onClick={show}>
            {t`Show a code: ${name}`}
          </button>
          <button type="button" onClick={showPriced}>
            {t`Show one for the amount: ${name}`}
          </button>
          <Scans gates={gates} name={name} disabled={!shown} scan={scan} />
        </div>
      </div>
    </section>
  );
}

interface ScansProps extends Pick<PhoneProps, 'gates' | 'scan'> {
  readonly name: string;
  readonly disabled?: boolean;
}

/** A button for each gate that could scan what somebody shows. */
function Scans({ gates, name, disabled = false, scan }: ScansProps) {
  return (
    <>
      {gates.map((gate) => (
        <button
          type="button"
          class="main"
          key={gate.name}
          disabled={disabled}
          onClick={() => scan(gate.name)}
        >
          {t`${gate.name} scans ${name}`}
        </button>
      ))}
    </>
  );
}

function codeWords(
  { counter, amount, until_s }: NonNullable<PhoneView['shown']>,
  now_s: number,
  money: Props['money'],
  time: WallTime,
): string {
  const what = amount === undefined ? t`for any amount` : t`for ${money(amount)} alone`;
  const until = time.time(until_s);
  return now_s > until_s
    ? t`Code ${counter}, ${what}, ran out at ${until}.`
    : t`Code ${counter}, ${what}, is valid until ${until}.`;
}

function Bills({
  gate: { name, amount, bills },
  money,
  time,
}: { gate: GateView } & Pick<Props, 'money' | 'time'>) {
  return (
    <>
      <h3>{t`${name}: ${money(amount)} billed`}</h3>
      {bills.length === 0 ? (
        <p class="hint">{t`It has booked nothing yet.`}</p>
      ) : (
        <table>
          <Head columns={[t`at`, t`who`, t`code`, t`amount`]} />
          <tbody>
            {bills.map((bill) => (
              <tr key={bill.sequence}>
                <td>{time.time(bill.time_s)}</td>
                <th scope="row">{bill.who}</th>
                <td>{bill.code ?? t`by face`}</td>
                <td>{money(bill.amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
