import { useState } from 'preact/hooks';
import { milliseconds } from '../../words.js';
import type { ApduView, TouchView } from '../touch-view.js';
import { Head } from './head.js';

const VIEWS = ['APDUs', 'Frames on the air', 'PN532 frames'] as const;

/** All that was said in the touch, decoded by what decodes captures for `tapnote trace`. */
export function Wire({ touch }: { touch: TouchView | undefined }) {
  const [shown, show] = useState<(typeof VIEWS)[number]>('APDUs');
  if (!touch) return <p class="empty">Nobody has said anything yet.</p>;
  const rows =
    shown === 'Frames on the air'
      ? touch.air
          .filter(({ kind }) => kind === 'frame')
          .map(({ at_us, fromReader, text }) => ({ at_us, who: fromReader ? 'reader' : 'card', text }))
      : touch.wires.map(({ at_us, device, toChip, text }) => ({
          at_us,
          who: `${device} ${toChip ? '→' : '←'}`,
          text,
        }));
  return (
    <>
      <fieldset class="way">
        <legend>What to read</legend>
        {VIEWS.map((view) => (
          <label key={view}>
            <input type="radio" name="wire" checked={shown === view} onChange={() => show(view)} />
            {view}
          </label>
        ))}
      </fieldset>
      {shown === 'APDUs' ? (
        <ol class="apdus">
          {touch.apdus.map((apdu) => (
            <Exchange key={apdu.start_us} apdu={apdu} />
          ))}
        </ol>
      ) : (
        <table class="frames">
          <Head columns={['at', 'who', 'what']} />
          <tbody>
            {rows.map(({ at_us, who, text }, i) => (
              <tr key={`${at_us} ${i}`}>
                <td>{milliseconds(at_us)}</td>
                <td>{who}</td>
                <td>
                  <code>{text}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Exchange({ apdu }: { apdu: ApduView }) {
  return (
    <li>
      <p>
        <span class="at">{milliseconds(apdu.start_us)}</span> → <b>{apdu.command}</b>
      </p>
      <Fields lines={apdu.commandFields} />
      <Hex of="command" hex={apdu.commandHex} />
      <p>
        <span class="at">{milliseconds(apdu.end_us)}</span> ← <b>{apdu.answer ?? 'torn: no answer came'}</b>
      </p>
      <Fields lines={apdu.answerFields} />
      {apdu.answerHex !== '' && <Hex of="answer" hex={apdu.answerHex} />}
    </li>
  );
}

function Fields({ lines }: { lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <ul class="fields">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Hex({ of, hex }: { of: string; hex: string }) {
  return (
    <details>
      <summary>{of} in hex</summary>
      <code class="hex">{hex}</code>
    </details>
  );
}
