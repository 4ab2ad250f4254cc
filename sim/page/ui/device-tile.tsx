import type { Step } from '../../scenario/scenario.js';
import type { DeviceKind, DeviceView } from '../view.js';

interface Props {
  readonly device: DeviceView;
  money(minor: number): string;
  readonly isFocus: boolean;
  onFocus(): void;
  /** What a copy of it would be called. */
  readonly copyName: string;
  play(step: Step): void;
}

const KINDS: Readonly<Record<DeviceKind, string>> = {
  card: 'card',
  wearable: 'wearable',
  till: 'stall’s terminal',
  copy: 'copied card',
};
/** Minor units. */
const LOAD = 5_000;

/** One device: what it holds, what it shows, and what its owner can do with it. */
export function DeviceTile({ device, money, isFocus, onFocus, copyName, play }: Props) {
  const { name: who, kind, held, received, inFlight, account, isAccused } = device;
  return (
    <article class={`device ${kind}${device.isOn ? '' : ' off'}`} aria-label={who}>
      <header>
        <h2>{who}</h2>
        <span class="kind">{isAccused ? 'named for spending twice' : KINDS[kind]}</span>
      </header>
      <p class="held">
        <b>{money(held)}</b> <span>held</span>
      </p>
      <p class="more">
        {money(received)} of it received · {money(inFlight)} in flight
        <br />
        {account === undefined ? 'no account of its own' : `${money(account)} in the account`}
      </p>
      {device.screen ? (
        <Screen device={device} play={play} />
      ) : (
        <Button device={device} money={money} play={play} />
      )}
      <div class="switches">
        <Switch
          label="Power"
          of={who}
          isOn={device.isOn}
          onSwitch={(on) => play({ do: 'power', is: on ? 'on' : 'off', who })}
        />
        <Switch
          label="Network"
          of={who}
          isOn={device.isOnline}
          onSwitch={(up) => play({ do: 'network', is: up ? 'up' : 'down', who })}
        />
      </div>
      <div class="buttons">
        <Small label="Sync" who={who} onClick={() => play({ do: 'sync', who })} />
        {kind !== 'copy' && (
          <>
            <Small
              label={`Load ${money(LOAD)}`}
              who={who}
              onClick={() => play({ do: 'load', who, amount: LOAD })}
            />
            <Small label="Copy" who={who} onClick={() => play({ do: 'clone', who, as: copyName })} />
          </>
        )}
        <button type="button" aria-pressed={isFocus} aria-label={`Look inside ${who}`} onClick={onFocus}>
          Inside
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
      aria-label={`${label} of ${of}`}
      onClick={() => onSwitch(!isOn)}
    >
      {label}
    </button>
  );
}

type FaceProps = Pick<Props, 'device' | 'play'>;

/** The one button of a device without a screen. */
function Button({ device: { name: who, asks }, money, play }: FaceProps & Pick<Props, 'money'>) {
  const asked =
    asks && (asks.needsPin ? `asks for the PIN: ${money(asks.amount)}` : `pay ${money(asks.amount)}?`);
  return (
    <p class="face">
      <span>{asked ?? 'asks nothing'}</span>
      <button
        type="button"
        aria-label={`Press the button of ${who}`}
        onClick={() => play({ do: 'press', who })}
      >
        Press
      </button>
    </p>
  );
}

const LINES = 3;

/** A screen of a few lines, and the buttons A and B below it. */
function Screen({ device: { name: who, screen = [], isOn }, play }: FaceProps) {
  const lines = Array.from({ length: LINES }, (_, i) => screen[i] ?? '');
  return (
    <div class="wearable-face">
      <div class={`screen${isOn ? '' : ' dark'}`} role="status" aria-label={`Screen of ${who}`}>
        {lines.map((line, i) => (
          <p key={String(i)}>{line || ' '}</p>
        ))}
      </div>
      <div class="keys">
        {(['A', 'B'] as const).flatMap((button) =>
          [false, true].map((held) => (
            <button
              type="button"
              class="key"
              key={`${button}${held}`}
              aria-label={`${held ? 'Hold' : 'Press'} ${button} of ${who}`}
              onClick={() => play({ do: 'press', who, button, ...(held && { held }) })}
            >
              {held ? `hold ${button}` : button}
            </button>
          )),
        )}
      </div>
    </div>
  );
}
