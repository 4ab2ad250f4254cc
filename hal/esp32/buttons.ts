import Digital from 'embedded:io/digital';
import type { Board } from '../boards/board.js';
import type { Clock } from '../clock.js';
import { Button } from './button.js';
import type { Face } from './face.js';

/** GPIO34 to 39 of the plain ESP32 have no pull-up of their own; a board that uses them has one outside. */
const WITHOUT_PULL_UP_FROM = 34;

/** The board's buttons, each low when pressed, to its face. */
export function openButtons(board: Board, face: Face, clock: Clock, onTouched: () => void): void {
  board.buttons.forEach(({ pin }, index) => {
    const bare = board.chip === 'esp32' && pin >= WITHOUT_PULL_UP_FROM;
    const input = new Digital({
      pin,
      mode: bare ? Digital.Input : Digital.InputPullUp,
      edge: Digital.Rising | Digital.Falling,
      onReadable: () => button.edge(),
    });
    const button = new Button(
      clock,
      () => input.read() === 0,
      (press) => {
        onTouched();
        face.press(index, press);
      },
    );
  });
}
