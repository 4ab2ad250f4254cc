import type { Step } from '../../scenario/scenario.js';
import { inWords, t, texts } from '../../texts/language.js';
import type { DeviceKind, DeviceView } from '../view.js';
import { QrCode } from './qr-code.js';

interface Props {
  readonly device: DeviceView;
  money(minor: number): string;
  readonly isFocus: boolean;
  onFocus(): void;
  /** What a copy of it would be called. */
  readonly copyName: string;
  /** Another one is dropped on it. */
  onBrought(other: string): void;
  play(step: Step): void;
}

const KINDS: Readonly<Record<DeviceKind, string>> = texts({
  card: 'card',
  wearable: 'wearable',
  till: 'stall’s terminal',
  copy: 'copied card',
});
/** What is dragged: the name of a device. Nothing else that is dropped here is taken. */
const DRAGGED = 'application/x-tapnote-device';
/** Minor units. */
const LOAD = 5_000;

/** One device: what it holds, what it shows, and what its owner can do with it. */
export function DeviceTile({ device, money, isFocus, onFocus, copyName, onBrought, play }: Props) {
  const { name: who, kind, held, received, inFlight, account, isAccused } = device;
  return (
    <article
      class={`device ${kind}${device.isOn ? '' : ' off'}`}
      aria-label={who}
      draggable
      onDragStart={({ dataTransfer }) => dataTransfer?.setData(DRAGGED, who)}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        onBrought(event.dataTransfer?.getData(DRAGGED) ?? who);
      }}
    >
      <header>
        <h2>{who}</h2>
        <span class="kind">{isAccused ? t`named for spending twice` : inWords(KINDS[kind])}</span>
      </header>
      <p class="held">
        <b>{money(held)}</b> <span>{t`held`}</span>
      </p>
      <p class="more">
        {t`${money(received)} of it received · ${money(inFlight)} in flight`}
        <br />
        {account === undefined ? t`no account of its own` : t`${money(account)} in the account`}
      </p>
      {device.screen ? (
        <Screen device={device} play={play} />
      ) : (
        <Button device={device} money={money} play={play} />
      )}
      <div class="switches">
        <Switch
          label={t`Power`}
          of={who}
          isOn={device.isOn}
          onSwitch={(on) => play({ do: 'power', is: on ? 'on' : 'off', who })}
        />
        <Switch
          label={t`Network`}
          of={who}
          isOn={device.isOnline}
          onSwitch={(up) => play({ do: 'network', is: up ? 'up' : 'down', who })}
        />
      </div>
      <div class="buttons">
        <Small label={t`Sync`} who={who} onClick={() => play({ do: 'sync', who })} />
        {kind !== 'copy' && (
          <>
            <Small
              label={t`Load ${money(LOAD)}`}
              who={who}
              onClick={() => play({ do: 'load', who, amount: LOAD })}
            />
            <Small label={t`Copy`} who={who} onClick={() => play({ do: 'clone', who, as: copyName })} />
          </>
        )}
        <button type="button" aria-pressed={isFocus} aria-label={t`Look inside ${who}`} onClick={onFocus}>
          {t`Inside`}
        </button>
      </div>
    </article>
  );
}

function Small({ label, who, onClick }: { label: string; who: string; onClick(): void }) {
  return (
    <button type="button" aria-label={`${label}: ${who}`} onClick={onClick}>
      {label}
    </button>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly of: string;
  readonly isOn: boolean;
  onSwitch(on: boolean): void;
}

function Switch({ label, of, isOn, onSwitch }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={t`${label} of ${of}`}
      onClick={() => onSwitch(!isOn)}
    >
      {label}{' '}
      <span class="whether" aria-hidden="true">
        {isOn ? t`on` : t`off`}
      </span>
    </button>
  );
}

type FaceProps = Pick<Props, 'device' | 'play'>;

/** The one button of a device without a screen. */
function Button({ device: { name: who, asks }, money, play }: FaceProps & Pick<Props, 'money'>) {
  const asked =
    asks && (asks.needsPin ? t`asks for the PIN: ${money(asks.amount)}` : t`pay ${money(asks.amount)}?`);
  return (
    <p class="face">
      <span>{asked ?? t`asks nothing`}</span>
      <button
        type="button"
        aria-label={t`Press the button of ${who}`}
        onClick={() => play({ do: 'press', who })}
      >
        {t`Press`}
      </button>
    </p>
  );
}

const LINES = 3;

/** A screen of a few lines, and the buttons A and B below it. */
function Screen({ device: { name: who, screen = [], code, isOn }, play }: FaceProps) {
  const lines = Array.from({ length: LINES }, (_, i) => screen[i] ?? '');
  return (
    <div class="wearable-face">
      <div class={`screen${isOn ? '' : ' dark'}`} role="status" aria-label={t`Screen of ${who}`}>
        {code === undefined ? (
          lines.map((line, i) => <p key={String(i)}>{line || ' '}</p>)
        ) : (
          <QrCode text={code} label={t`Code on the screen of ${who}`} />
        )}
      </div>
      <div class="keys">
        {(['A', 'B'] as const).flatMap((button) =>
          [false, true].map((held) => (
            <button
              type="button"
              class="key"
              key={`${button}${held}`}
              aria-label={held ? t`Hold ${button} of ${who}` : t`Press ${button} of ${who}`}
              onClick={() => play({ do: 'press', who, button, ...(held && { held }) })}
            >
              {held ? t`hold ${button}` : button}
            </button>
          )),
        )}
      </div>
    </div>
  );
}
