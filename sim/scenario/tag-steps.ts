import { PayeeTag } from '../../firmware/tag/payee-tag.js';
import { type TagFault, tagFaultName } from '../../firmware/tag/tag-fault.js';
import type { ShownPayee } from '../../firmware/terminal/expected-payee.js';
import { memoryWith, NTAGS, NtagTag } from '../tag/ntag.js';
import { NdefApplication, Type4Tag } from '../tag/type4-tag.js';
import type { Movable } from '../world/world.js';
import { checkExpected } from './expected.js';
import type { Play } from './play.js';
import { seconds, type TagStep, type TapStep } from './scenario.js';

const UID_BYTES = 7;
/** Of a Type 4 tag's file. */
const FILE_BYTES = 1_024;
const HOLDS = '30d';

/** The steps in which a passive tag shows whom to pay. */
export class TagSteps {
  /** By where they hang. */
  readonly #tags = new Map<string, Movable>();
  /** Whom each has been shown last. */
  readonly #shown = new Map<string, ShownPayee>();

  constructor(private readonly play: Play) {}

  /** Somebody's device signs a tag, and it hangs at a stall: over whatever hung there before. */
  hang({ at, by = at, amount = 0, label = '', for: holds = HOLDS, medium = 'ntag215' }: TagStep): void {
    const { stage } = this.play;
    const { wallet } = stage.device(by);
    const { field } = stage.town.world;
    const { message } = PayeeTag.of(wallet, {
      amount,
      label: new TextEncoder().encode(label),
      notAfter_s: wallet.own_s + seconds(holds),
    });
    const name = `tag at ${at}`;
    const uid = new Uint8Array(UID_BYTES).fill(0x40 | this.#tags.size).fill(0x04, 0, 1);
    const tag =
      medium === 'type4'
        ? new Type4Tag(field, name, NdefApplication.with(message, FILE_BYTES))
        : new NtagTag(field, name, NTAGS[medium], memoryWith(NTAGS[medium], uid, message));
    this.#tags.set(at, tag);
    this.play.tell({ kind: 'tag', at, by, amount: amount || undefined, label });
  }

  /** A wallet is held to it. */
  tap({ who, at, expect }: TapStep): void {
    const { stage } = this.play;
    const tag = this.#tags.get(at);
    if (!tag) return this.play.unmet(`expected a tag at ${at}`);
    const read = stage.town.world.readTag(stage.device(who), tag);
    const shown = read && 'shown' in read ? read.shown : undefined;
    if (shown) this.#shown.set(who, shown);
    else this.#shown.delete(who);
    const refused = read && 'fault' in read ? (tagFaultName(read.fault) as keyof typeof TagFault) : undefined;
    this.play.tell({
      kind: 'tap',
      who,
      at,
      payee: shown && (stage.nameOf(shown.tag.certificate.id) ?? ''),
      amount: shown?.tag.amount,
      label: shown ? new TextDecoder().decode(shown.tag.label) : '',
      refused,
    });
    checkExpected(this.play, expect, { refused, outcome: shown ? 'read' : 'torn' });
  }

  /** Whom a tag has shown to somebody. */
  shownTo(who: string): ShownPayee | undefined {
    return this.#shown.get(who);
  }
}
