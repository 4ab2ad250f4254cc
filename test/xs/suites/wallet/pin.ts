/** PIN and PUK: a try is on flash before anything is compared. */
import { PIN_TRIES_MAX, PUK_TRIES_MAX } from '../../../../firmware/limits.js';
import { Pin } from '../../../../firmware/wallet/pin.js';
import type { Crypto } from '../../../../hal/crypto.js';
import { ascii, same } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import type { Case } from '../../suite.js';

const OPERATIONS = 60;
const PUK = ascii('12345678');

/** A PIN on a flash of two records, and what was on it whenever secrets were compared. */
function watched(crypto: Crypto) {
  const flash = { secrets: new Uint8Array(0), tries: new Uint8Array(0) };
  const seen: string[] = [];
  const equal = (a: Uint8Array, b: Uint8Array) => {
    seen.push(flash.tries.join());
    return crypto.equal(a, b);
  };
  const store = {
    writeSecrets: (secrets: Uint8Array) => void (flash.secrets = secrets.slice()),
    writeTries: (tries: Uint8Array) => void (flash.tries = tries.slice()),
    refusesTry: () => undefined,
  };
  const boot = () => {
    const pin = new Pin({ ...crypto, equal }, store);
    pin.restoreSecrets(flash.secrets);
    pin.restoreTries(flash.tries);
    return pin;
  };
  return { flash, seen, boot };
}

export const pin = (crypto: Crypto, seed: number): Case[] => [
  {
    name: 'PIN: random tries with restarts between are counted before they are compared, and three lock',
    run: () => {
      const dice = new Dice(seed, 'pin');
      const entropy = { fill: (target: Uint8Array) => void target.set(dice.bytes(target.length)) };
      const { flash, seen, boot } = watched(crypto);
      let real = boot();
      same(real.verify(ascii('2468')), 'unset', 'before there is one');
      let right = ascii('2468');
      same(real.enrol(entropy, right, PUK), true, 'enrol');
      let [tries, pukTries] = [PIN_TRIES_MAX, PUK_TRIES_MAX];
      for (let i = 0; i < OPERATIONS; i++) {
        if (dice.oneIn(3)) real = boot();
        seen.length = 0;
        const isRight = dice.oneIn(3);
        if (dice.below(4) > 0) {
          const isLocked = tries === 0;
          const verdict = real.verify(isRight ? right : ascii('1111'));
          if (!isLocked) tries--;
          same(seen.join(' '), isLocked ? '' : `${tries},${pukTries}`, `on flash when compared, ${i}`);
          if (!isLocked && isRight) tries = PIN_TRIES_MAX;
          same(
            verdict,
            isLocked ? 'locked' : isRight ? 'right' : tries === 0 ? 'locked' : 'wrong',
            `PIN ${i}`,
          );
        } else {
          const next = ascii(String(1_000_000 + dice.below(9_000_000)));
          const isLocked = pukTries === 0;
          const verdict = real.unlock(entropy, isRight ? PUK : ascii('87654321'), next);
          if (!isLocked) pukTries--;
          same(seen.join(' '), isLocked ? '' : `${tries},${pukTries}`, `on flash when compared, ${i}`);
          if (!isLocked && isRight) {
            right = next;
            [tries, pukTries] = [PIN_TRIES_MAX, PUK_TRIES_MAX];
          }
          same(verdict, isLocked ? 'locked' : isRight ? 'right' : pukTries ? 'wrong' : 'locked', `PUK ${i}`);
        }
        same(real.triesLeft, tries, `tries after ${i}`);
        same(flash.tries.join(), `${tries},${pukTries}`, `tries on flash after ${i}`);
      }
    },
  },
  {
    name: 'PIN: one of the wrong form is none, and costs no try',
    run: () => {
      const { seen, boot } = watched(crypto);
      const entropy = { fill: (target: Uint8Array) => void target.fill(7) };
      const real = boot();
      for (const wrong of ['123', '1234567890123', '12a4', '12 4', '']) {
        same(real.enrol(entropy, ascii(wrong), PUK), false, wrong);
      }
      same(real.enrol(entropy, ascii('1234'), PUK.subarray(1)), false, 'a short PUK');
      same(real.enrol(entropy, ascii('123456789012'), PUK), true, 'the longest');
      same(real.unlock(entropy, PUK, ascii('12a4')), 'wrong', 'a new one of the wrong form');
      same(seen.length, 0, 'comparisons');
      for (let i = 0; i < PUK_TRIES_MAX; i++) real.unlock(entropy, ascii('00000000'), ascii('1234'));
      same(real.unlock(entropy, PUK, ascii('1234')), 'locked', 'a PUK that is used up');
      real.unlockByBank();
      same(real.verify(ascii('123456789012')), 'right', 'after the bank has unlocked it');
    },
  },
];
