/** What the page and its worker say to each other. */
import type { Progress } from '../scenario/events.js';
import type { Scenario, Step } from '../scenario/scenario.js';
import type { Language } from '../texts/language.js';
import type { GalleryName } from './gallery-names.js';
import type { Looked, Planned, Played, Rehearsal } from './session.js';
import type { PageView } from './view.js';

/** A town to begin with: a fresh one, one of the gallery, or a scenario in a file. */
export type Opening =
  | { readonly seed: number }
  | { readonly scenario: GalleryName }
  | { readonly file: string; readonly text: string };

/** What each request carries, and what it is answered with. */
export interface Calls {
  readonly open: { readonly ask: Opening; readonly answer: Played };
  readonly step: { readonly ask: Step; readonly answer: Played };
  readonly rehearse: { readonly ask: Planned; readonly answer: Rehearsal };
  readonly look: { readonly ask: string; readonly answer: Looked };
  /** The town in another language; undefined while there is none. */
  readonly speak: { readonly ask: Language; readonly answer: PageView | undefined };
  readonly save: { readonly ask: undefined; readonly answer: Scenario };
}
export type CallName = keyof Calls;

export interface Request {
  readonly id: number;
  readonly call: CallName;
  readonly ask: Calls[CallName]['ask'];
}

/** An error as the page shows it. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

export type Reply =
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly fault: Fault }
  | { readonly progress: Progress };
