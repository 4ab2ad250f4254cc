import { concat, getU16, getU32, putU16, sameBytes, u32 } from '../../../firmware/bytes.js';
import { generateEphemeral, Responder } from '../../../firmware/channel/handshake.js';
import type { Session } from '../../../firmware/channel/session.js';
import { nextHead } from '../../../firmware/ledger/journal-entry.js';
import { CERTIFICATE_BYTES, Certificate } from '../../../firmware/objects/certificate.js';
import { SYNC_PROLOGUE } from '../../../firmware/protocol/prologue.js';
import {
  Answer,
  Ask,
  items,
  numbered,
  putItem,
  SyncRefusal,
} from '../../../firmware/protocol/sync-message.js';
import { isGiven, keepCertificate } from '../accounts/certificates.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import { nameUnshown } from '../fraud/convict.js';
import { takeForLost } from '../fraud/hot-list.js';
import { keyInUse, type OperatorKey, type OperatorKeys } from '../keys.js';
import { Ahead, isCertificateOfLostBooks, refuseAhead } from '../restored.js';
import { type Issue, type KnownToDevice, settle } from '../settlement/settle.js';
import { AccountOffer } from './account-offer.js';
import { type DeviceState, readDevice } from './device-state.js';
import {
  ForkedError,
  type Intake,
  type JournalPoint,
  type Page,
  sharedPoints,
  takeEvidence,
} from './intake.js';

const ANSWER_BYTES_MAX = 900;
/** So many pages are taken into the books together, and would have to be sent again if the sync is torn. */
const PAGES_MAX = 8;
const SIGNATURE_BYTES = 64;
const HEAD_BYTES = 32;
const HELLO_BYTES = 1 + CERTIFICATE_BYTES + SIGNATURE_BYTES + 4 + HEAD_BYTES;

/** What a session ends with. */
const LAST: readonly number[] = [Answer.refused, Answer.done, Answer.account];

/** Where the device says that it stands. */
interface Claim {
  device: Uint8Array;
  sequence: number;
  head: Uint8Array;
  /** That it shows itself by. */
  certificate: Certificate;
}

/** A journal that branches off the known one somewhere. */
interface Evidence {
  /** Settlements of the known journal that the copy may share too, the latest first. */
  points: JournalPoint[];
  /** Hash of the copy's journal so far, if it shares the point that is being tried. */
  head: Uint8Array;
}

/** Ends the session with a code of SyncRefusal; nothing that was taken in before is undone. */
class Refused extends Error {
  constructor(readonly why: number) {
    super(`refused ${why}`);
  }
}

/**
 * The bank's side of one sync. Every message is a transaction of its own, but for pages of the journal, of
 * which several may be one. So a torn sync leaves nothing half done.
 */
export class SyncSession {
  #handshake: Responder | undefined;
  #session: Session | undefined;
  /** The key under which the bank has shown itself: the device knows it when it says hello. */
  readonly #key: OperatorKey;
  /** Where this sync began in the order of what the bank was shown: the claim was made after that. */
  #began = 0;
  #claim: Claim | undefined;
  /** What is wanted next; beyond the claim when all is here. */
  #wanted = 0;
  /** Pages that have come and are not in the books yet. */
  #pages: Page[] = [];
  /** So many are taken together: a device whose last sync was torn on the way up gets on page by page. */
  #pagesMax = PAGES_MAX;
  /** The journal shown is not the one that is known: it is taken as evidence. */
  #evidence: Evidence | undefined;
  #issue: Issue | undefined;
  /** The next entry of those behind where the device's journal has stopped. */
  #asideFrom = 0;
  readonly #offer: AccountOffer;
  #closed = false;

  constructor(
    private readonly context: Context,
    private readonly operator: OperatorKeys,
    private readonly intake: Intake,
  ) {
    this.#key = keyInUse(operator, context.time_s);
    this.#offer = new AccountOffer(context);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * A message of the device in, the bank's answer out. Throws BankError when there is no secure session to
   * answer in.
   */
  async step(message: Uint8Array): Promise<Uint8Array> {
    if (this.#closed) throw new BankError('closed', 'the session has ended');
    if (!this.#session) return this.#meet(message);
    const plaintext = this.#session.open(message);
    if (!plaintext) return this.#end('malformed', 'a message that does not open');
    let answer: Uint8Array;
    try {
      answer = await this.#answer(plaintext);
    } catch (error) {
      const refused = refusalOf(error);
      if (!refused) throw error;
      answer = Uint8Array.of(Answer.refused, refused.why);
    }
    const sealed = this.#session.seal(answer);
    if (LAST.includes(answer[0]) && !this.#offer.isOpen) this.close();
    return sealed;
  }

  close(): void {
    this.#closed = true;
    this.#session?.close();
    this.#handshake?.close();
  }

  #end(code: 'malformed', why: string): never {
    this.close();
    throw new BankError(code, why);
  }

  async #meet(message: Uint8Array): Promise<Uint8Array> {
    const { crypto, entropy } = this.context;
    const ephemeral = generateEphemeral(crypto, entropy);
    const handshake = new Responder(crypto, this.operator.agreement, ephemeral);
    this.#handshake = handshake;
    if (message.length !== HEAD_BYTES || !handshake.hello(SYNC_PROLOGUE, message)) {
      return this.#end('malformed', 'no ephemeral key');
    }
    this.#began = await this.context.database.transaction(async (sql) => {
      const [{ sighting }] = await sql.rows<{ sighting: number }>(`select nextval('sightings') as sighting`);
      return sighting;
    }, true);
    const time = u32(this.context.time_s);
    const { endorsement, certificate } = this.#key;
    // Who was away while it was announced would not know it, and could never sync again. The first key of an
    // operator nobody can have missed.
    const sealed = handshake.finish(endorsement.version === 0 ? time : concat(time, endorsement.bytes));
    this.#session = handshake.session;
    return concat(certificate.bytes, handshake.e, sealed);
  }

  async #answer(message: Uint8Array): Promise<Uint8Array> {
    if (message.length === 0) throw new Refused(SyncRefusal.malformed);
    if (message[0] === Ask.hello) return this.#hello(message);
    const claim = this.#claim;
    if (!claim) throw new Refused(SyncRefusal.order);
    switch (message[0]) {
      case Ask.page:
        return this.#page(claim, message);
      case Ask.settle:
        return this.#settle(claim, message);
      case Ask.objects:
        return this.#objects(message);
      case Ask.applied:
        return this.#applied(claim, message);
      case Ask.decline:
        return this.#declined(claim, message);
      case Ask.aside:
        return this.#aside(claim, message);
      case Ask.account:
        return this.#offer.answer(message);
      default:
        throw new Refused(SyncRefusal.malformed);
    }
  }

  async #hello(message: Uint8Array): Promise<Uint8Array> {
    if (this.#claim) throw new Refused(SyncRefusal.order);
    if (message.length !== HELLO_BYTES) throw new Refused(SyncRefusal.malformed);
    const certificate = Certificate.parse(message.slice(1, 1 + CERTIFICATE_BYTES));
    if (!certificate) throw new Refused(SyncRefusal.malformed);
    const at = 1 + CERTIFICATE_BYTES + SIGNATURE_BYTES;
    const signature = message.subarray(1 + CERTIFICATE_BYTES, at);
    const claim = {
      device: certificate.id.slice(),
      sequence: getU32(message, at),
      head: message.slice(at + 4),
      certificate,
    };
    const { state, isKnown } = await this.context.database.transaction(async (sql) => {
      const known = await readDevice(sql, claim.device);
      const isLost = known !== undefined && isCertificateOfLostBooks(this.context, known, certificate);
      const given = await isGiven(sql, certificate);
      if (isLost && !given) await keepCertificate(sql, certificate);
      return { state: known, isKnown: given || isLost };
    }, true);
    const genuine =
      state &&
      isKnown &&
      this.context.crypto.ed25519Verify(state.signing_key, this.#session!.handshakeHash, signature);
    if (!genuine) throw new Refused(SyncRefusal.unknownDevice);
    this.#claim = claim;
    if (this.context.unfinished.has(hex(claim.device))) this.#pagesMax = 1;
    const behind = claim.sequence < state.sequence;
    const other = claim.sequence === state.sequence && !sameBytes(claim.head, state.head);
    if (behind || other) return this.#turnToEvidence(claim);
    if (claim.sequence > state.sequence) await this.#await(state);
    this.#wanted = state.sequence + 1;
    return numbered(Answer.from, this.#wanted);
  }

  /**
   * A device drops what is settled: one that has synced after the time that the books were put back to cannot
   * show what comes next in them, and says nothing when it is asked. So who comes a second time is told.
   */
  async #await({ id, resuming }: DeviceState): Promise<void> {
    if (!resuming) return;
    const { awaited } = this.context;
    if (awaited.delete(hex(id))) await refuseAhead(this.context, id);
    awaited.add(hex(id));
  }

  /** There are two copies of this device. What this one has signed is taken before it is refused. */
  async #turnToEvidence(claim: Claim): Promise<Uint8Array> {
    if (this.#evidence) throw new Refused(SyncRefusal.forked);
    const points = await this.context.database.transaction(
      (sql) => sharedPoints(sql, claim.device, claim.sequence),
      true,
    );
    this.#evidence = { points, head: claim.head };
    return this.#tryPoint(this.#evidence);
  }

  /** From the next older point on, or nothing more is to be had. */
  #tryPoint(evidence: Evidence): Uint8Array {
    const point = evidence.points.shift();
    if (!point) throw new Refused(SyncRefusal.forked);
    evidence.head = point.head;
    this.#wanted = point.sequence + 1;
    return numbered(Answer.from, this.#wanted);
  }

  async #page(claim: Claim, message: Uint8Array): Promise<Uint8Array> {
    const page = message.length >= 5 ? items(message, 5) : undefined;
    if (!page || page.length === 0) throw new Refused(SyncRefusal.malformed);
    const first = getU32(message, 1);
    if (first === 0 || first + page.length - 1 > claim.sequence) throw new Refused(SyncRefusal.badEntry);
    if (first > this.#wanted) return numbered(Answer.from, this.#wanted);
    const entries = page.map((entry) => entry.slice());
    if (this.#evidence) return this.#takeEvidence(this.#evidence, claim, first, entries);
    const { awaited, unfinished } = this.context;
    awaited.delete(hex(claim.device));
    const pages = [...this.#pages, { first, entries }];
    const next = first + entries.length;
    unfinished.add(hex(claim.device));
    if (first === this.#wanted && next <= claim.sequence && pages.length < this.#pagesMax) {
      this.#pages = pages;
      this.#wanted = next;
      return numbered(Answer.from, next);
    }
    this.#pages = [];
    try {
      const state = await this.intake.take(claim.device, pages);
      this.#wanted = state.sequence + 1;
      if (state.sequence >= claim.sequence) unfinished.delete(hex(claim.device));
      if (state.sequence < claim.sequence || sameBytes(state.head, claim.head)) {
        return numbered(Answer.from, this.#wanted);
      }
    } catch (error) {
      if (error instanceof Ahead) await refuseAhead(this.context, claim.device);
      if (!(error instanceof ForkedError)) throw error;
    }
    return this.#turnToEvidence(claim);
  }

  /** The copy branched off after a point when its entries lead from there to where it says it stands. */
  async #takeEvidence(
    evidence: Evidence,
    claim: Claim,
    first: number,
    entries: Uint8Array[],
  ): Promise<Uint8Array> {
    if (first !== this.#wanted) return numbered(Answer.from, this.#wanted);
    await takeEvidence(this.context, claim.device, first, entries);
    for (const entry of entries) evidence.head = nextHead(this.context.crypto, evidence.head, entry);
    this.#wanted += entries.length;
    if (this.#wanted <= claim.sequence) return numbered(Answer.from, this.#wanted);
    if (sameBytes(evidence.head, claim.head)) throw new Refused(SyncRefusal.forked);
    return this.#tryPoint(evidence);
  }

  async #settle(claim: Claim, message: Uint8Array): Promise<Uint8Array> {
    if (message.length !== 1) throw new Refused(SyncRefusal.malformed);
    this.#issue = await this.context.database.transaction(async (sql) => {
      const state = (await readDevice(sql, claim.device))!;
      const complete = state.sequence === claim.sequence && sameBytes(state.head, claim.head);
      if (this.#evidence || !complete) throw new Refused(SyncRefusal.order);
      const isNamed = await nameUnshown(this.context, sql, claim.device, this.#began);
      const now = isNamed ? (await readDevice(sql, claim.device))! : state;
      return settle(this.context, sql, now, this.#knownTo(claim.certificate));
    }, true);
    const count = new Uint8Array(3);
    count[0] = Answer.settlement;
    putU16(count, 1, this.#issue.objects.length);
    return concat(count, this.#issue.settlement);
  }

  /**
   * The device knows the key that this bank has shown itself by, if that is its own operator's; else the one
   * that its certificate names.
   */
  #knownTo({ bytes, issuer, endorsement }: Certificate): KnownToDevice {
    const { number, version } = this.#key.endorsement;
    return { certificate: bytes, version: number === issuer ? version : endorsement };
  }

  /** As many whole objects as fit, and at least one. */
  #objects(message: Uint8Array): Uint8Array {
    if (message.length !== 3) throw new Refused(SyncRefusal.malformed);
    if (!this.#issue) throw new Refused(SyncRefusal.order);
    const { objects } = this.#issue;
    const answer = new Uint8Array(ANSWER_BYTES_MAX);
    answer[0] = Answer.objects;
    let at = 1;
    for (let index = getU16(message, 1); index < objects.length; index++) {
      if (at + 2 + objects[index].length > answer.length) break;
      at = putItem(answer, at, objects[index]);
    }
    return answer.slice(0, at);
  }

  /**
   * What one device would not have is the bank's own mistake, or somebody else's: it is kept with the reason.
   */
  async #declined({ device }: Claim, message: Uint8Array): Promise<never> {
    if (message.length !== 4) throw new Refused(SyncRefusal.malformed);
    if (!this.#issue) throw new Refused(SyncRefusal.order);
    const object = this.#issue.objects[getU16(message, 2)];
    await this.context.database.transaction((sql) =>
      sql.rows('insert into declined (device, at_s, refusal, object) values ($1, $2, $3, $4)', [
        device,
        this.context.time_s,
        message[1],
        object ?? null,
      ]),
    );
    throw new Refused(SyncRefusal.declined);
  }

  /**
   * A device whose journal has stopped at an entry that does not read. What it has signed behind that is
   * evidence, entry by entry, as far as it reads; the device itself is taken for lost.
   */
  async #aside({ device, sequence, head }: Claim, message: Uint8Array): Promise<Uint8Array> {
    const entries = message.length > 9 ? items(message, 9) : undefined;
    if (!entries || entries.length === 0) throw new Refused(SyncRefusal.malformed);
    const state = await this.context.database.transaction((sql) => readDevice(sql, device), true);
    const complete = state?.sequence === sequence && sameBytes(state.head, head);
    this.#asideFrom = Math.max(this.#asideFrom, sequence + 1);
    if (!complete || getU32(message, 1) !== this.#asideFrom) throw new Refused(SyncRefusal.order);
    // One by one: what does not read says nothing about what comes after it.
    for (const entry of entries) {
      await takeEvidence(this.context, device, this.#asideFrom++, [entry.slice()]);
    }
    if (this.#asideFrom <= getU32(message, 5)) return numbered(Answer.from, this.#asideFrom);
    await this.context.database.transaction((sql) => takeForLost(this.context, sql, device), true);
    throw new Refused(SyncRefusal.stopped);
  }

  async #applied(claim: Claim, message: Uint8Array): Promise<Uint8Array> {
    if (message.length !== 5 + HEAD_BYTES) throw new Refused(SyncRefusal.malformed);
    if (!this.#issue) throw new Refused(SyncRefusal.order);
    const { crypto } = this.context;
    const sequence = claim.sequence + 1;
    const head = nextHead(crypto, claim.head, this.#issue.settlement);
    const stated = getU32(message, 1) === sequence && sameBytes(message.subarray(5), head);
    if (!stated) throw new Refused(SyncRefusal.badEntry);
    const page = { first: sequence, entries: [this.#issue.settlement] };
    const state = await this.intake.take(claim.device, [page]);
    if (state.sequence === sequence && !sameBytes(state.head, head)) throw new Refused(SyncRefusal.forked);
    return this.#offer.done(claim.device);
  }
}

function refusalOf(error: unknown): Refused | undefined {
  if (error instanceof Refused) return error;
  return error instanceof ForkedError ? new Refused(SyncRefusal.forked) : undefined;
}
