/** A board on the cable of the browser: flash it, look what is wrong, read its log, make it a wallet. */
import { hex } from '../../../sim/bank/bytes.js';
import { checkUp, checkupLines } from '../../cli/serial/doctor.js';
import { eventLines, readLog } from '../../cli/serial/log.js';
import { provision } from '../../cli/serial/provision.js';
import { remoteStation } from '../../cli/serial/station.js';
import { type Board, boardWords, meetBoard, NO_SERIAL } from './board.js';
import { browserShelf } from './browser-shelf.js';
import { offerInstall } from './install.js';
import { complain, element, say } from './page.js';
import { webSerial } from './web-serial.js';

let board: Board | undefined;
const main = document.querySelector('main')!;
const buttons = [...document.querySelectorAll('button')];
const form = element<HTMLFormElement>('provision');

/** One thing at a time. What needs a board waits for one. */
async function act(work: () => Promise<void>): Promise<void> {
  for (const button of buttons) button.disabled = true;
  main.ariaBusy = 'true';
  try {
    await work();
  } catch (error) {
    complain(error);
  } finally {
    refresh();
    main.ariaBusy = 'false';
  }
}

function refresh(): void {
  for (const button of buttons) button.disabled = !board && button.dataset.needs === 'board';
  element('connect').textContent = board ? 'Disconnect' : 'Connect';
  element('who').textContent = board ? boardWords(board.identity) : 'No board is connected.';
}

async function disconnect(): Promise<void> {
  await board?.leave();
  board = undefined;
}

async function connect(): Promise<void> {
  board = await meetBoard();
  if (board) say(boardWords(board.identity));
}

/** With the board that is connected; afterwards it may be another's wallet, or gone. */
const withBoard = (work: (board: Board) => Promise<void>): Promise<void> =>
  act(async () => {
    if (!board) return;
    const { client, leave } = board;
    try {
      await work(board);
    } finally {
      // One that does not answer any more is not connected any more.
      board = await client.identify().then(
        (identity) => ({ client, identity, leave }),
        async () => void (await leave()),
      );
    }
  });

const value = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value.trim();

async function makeWallet({ client }: Board): Promise<void> {
  const station = remoteStation(value('bank'), value('token'), browserShelf);
  const options = {
    name: value('name'),
    amount: Number(value('amount')),
    currency: value('currency'),
    category: Number(value('category')),
    ...(value('pin') && { pin: value('pin') }),
  };
  const done = await provision(client, station, options, (line) => say(line));
  if (done.puk) say(`PUK: ${done.puk} (write it down: it is not kept any longer)`, 'bad');
  const wallet = `wallet of the bank at ${station.where}, account ${done.account}`;
  const told = done.began === 'active' ? `is already a ${wallet}: nothing to do` : `is a ${wallet}`;
  say(`device ${hex(done.id)} ${told}`, 'good');
  station.forget(done.signingKey);
}

element('connect').addEventListener('click', () => void act(board ? disconnect : connect));
element('doctor').addEventListener(
  'click',
  () =>
    void withBoard(async ({ client }) => {
      for (const { text, tone } of checkupLines(await checkUp(client))) say(text, tone);
    }),
);
element('log').addEventListener(
  'click',
  () =>
    void withBoard(async ({ client }) => {
      for (const line of eventLines(await readLog(client))) say(line);
    }),
);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void withBoard(makeWallet);
});

refresh();
if (!webSerial()) say(NO_SERIAL, 'bad');
await offerInstall((check) =>
  act(async () => {
    // The installer opens the port itself.
    await disconnect();
    await check();
  }),
);
main.ariaBusy = 'false';
