import { type CardOptions, Pn532Card } from './card.js';
import { Pn532Core, type Pn532CoreOptions } from './core.js';
import { Pn532Reader, type ReaderOptions } from './reader.js';

export interface Pn532Options extends Pn532CoreOptions {
  reader?: ReaderOptions;
  card?: CardOptions;
}

/** One PN532, a reader or a card by turns. */
export class Pn532 extends Pn532Core {
  readonly reader: Pn532Reader;
  readonly card: Pn532Card;

  constructor(options: Pn532Options) {
    super(options);
    this.reader = new Pn532Reader(this, options.reader ?? {});
    this.card = new Pn532Card(this, options.card ?? {});
  }
}
