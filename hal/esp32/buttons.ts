import Digital from 'embedded:io/digital';
import type { Board } from '../boards/board.js';

/** GPIO34 to 39 of the plain ESP32 have no pull-up of their own; a board that uses them has one outside. */
const WITHOUT_PULL_UP_FROM = 34;

/**
 * Opens the board's buttons, each low when pressed. `create` gets the index of a button and how to ask
 * whether it is down; what it returns is called at every edge.
 */
export function openButtons(
  board: Board,
  create: (index: number, isDown: () => boolean) => () => void,
): void {
  board.buttons.forEach(({ pin }, index) => {
    const bare = board.chip === 'esp32' && pin >= WITHOUT_PULL_UP_FROM;
    const input = new Digital({
      pin,
      mode: bare ? Digital.Input : Digital.InputPullUp,
      edge: Digital.Rising | Digital.Falling,
      onReadable: () => onEdge(),
    });
    const onEdge = create(index, () => input.read() === 0);
  });
}
