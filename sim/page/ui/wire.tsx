import { useState } from 'preact/hooks';
import { inWords, t, texts } from '../../texts/language.js';
import { milliseconds } from '../../words.js';
import type { ApduView, TouchView } from '../touch-view.js';
import { Head } from './head.js';

const VIEWS = texts(['APDUs', 'Frames on the air', 'PN532 frames'] as const);

/** All that was said in the touch, decoded by what decodes captures for `tapnote trace`. */
export function Wire({ touch }: { touch: TouchView | undefined }) {
  const [shown, show] = useState<(typeof VIEWS)[number]>('APDUs');
  if (!touch) return <p class="empty">{t`Nobody has said anything yet.`}</p>;
  const rows =
    shown === 'Frames on the air'
      ? touch.air
          .filter(({ kind }) => kind === 'frame')
          .map(({ at_us, fromReader, text }) => ({ at_us, who: fromReader ? t`reader` : t`card`, text }))
      : touch.wires.map(({ at_us, device, toChip, text }) => ({
          at_us,
          who: `${device} ${toChip ? '→' : '←'}`,
          text,
        }));
  return (
    <>
      <fieldset class="way">
        <legend>{t`What to read`}</legend>
        {VIEWS.map((view) => (
          <label key={view}>
            <input type="radio" name="wire" checked={shown === view} onChange={() => show(view)} />
            {inWords(view)}
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
          <Head columns={[t`at`, t`who`, t`what`]} />
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
      <Hex words={t`command in hex`} hex={apdu.commandHex} />
      <p>
        <span class="at">{milliseconds(apdu.end_us)}</span> ← <b>{apdu.answer ?? t`torn: no answer came`}</b>
      </p>
      <Fields lines={apdu.answerFields} />
      {apdu.answerHex !== '' && <Hex words={t`answer in hex`} hex={apdu.answerHex} />}
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

function Hex({ words, hex }: { words: string; hex: string }) {
  return (
    <details>
      <summary>{words}</summary>
      <code class="hex">{hex}</code>
    </details>
  );
}
