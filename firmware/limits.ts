/**
 * Every bound of the firmware, the unit in its name. A bound is met with a status word, never with a crash.
 * What one device may pay and receive (its daily limit, say) is in its profile: objects/profile.ts.
 */

// Money
/** Minor units (fen). Amounts stay small integers in every engine. */
export const AMOUNT_MAX = 0x7fffffff;
/** Merchant categories (ISO 18245) are up to this, and numbers of targets above it. */
export const PURPOSE_MAX = 0xffff;
/** No note may change hands more often. */
export const HOPS_MAX = 15;
/** Notes that one transfer may draw on. */
export const TRANSFER_NOTES_MAX = 4;

// A wallet
/** Notes held at once. */
export const NOTES_MAX = 1024;
/** Targets of money (R26) on one wallet: each is looked at in a touch. */
export const TARGETS_MAX = 16;
/** Lots of received value: sums with the same terms (hops, limit, day of expiry, purpose). */
export const LOTS_MAX = 32;
/** Own transfers whose receipt is still missing. */
export const IN_FLIGHT_MAX = 16;
/** Of them, to one payee: a payee that never answers must not use up the places of the others. */
export const IN_FLIGHT_TO_ONE_MAX = 4;
/** Transfers voided between two syncs; further ones get no receipt, and wait for the bank. */
export const VOIDS_MAX = 64;
/** Journal entries between two syncs. */
export const JOURNAL_ENTRIES_MAX = 4096;
/** Journal entries after which a snapshot of the ledger is due: about what a boot has to go through. */
export const SNAPSHOT_ENTRIES = 32;
/** Steps of housekeeping between two touches, each at most an erase or a sector moved. */
export const IDLE_STEPS_MAX = 8;
/** Counterparties counted between two syncs, when the profile limits dealings with one of them. */
export const COUNTERPARTIES_MAX = 256;
/** Operators whose signature a wallet knows. */
export const OPERATORS_MAX = 16;
/** Devices on the hot list: 8 parts of 64. */
export const HOT_LIST_PARTS_MAX = 8;
export const HOT_LIST_PART_IDS = 64;
/** Certificates remembered as verified. */
export const CERTIFICATE_CACHE_MAX = 32;
/**
 * Of them written to flash for each journal entry, and none without one. Any certified device can open
 * sessions as often as it likes: those alone wear nothing out. Entries are bounded by the profile, and by
 * JOURNAL_ENTRIES_MAX between two syncs.
 */
export const CERTIFICATE_SAVES_PER_ENTRY = 1;

/**
 * Flash kept free by every payment, so that all receipts in flight and a sync always fit after it: a hot
 * list, a profile, a certificate and some operators (6 KB), 32 fresh notes (5 KB), receipts (3 KB), the
 * snapshot without the note index (9 KB), the store's own index (6 KB).
 */
export const SYNC_RESERVE_BYTES = 29_696;

// PIN
export const PIN_DIGITS_MIN = 4;
export const PIN_DIGITS_MAX = 12;
export const PIN_TRIES_MAX = 3;
export const PUK_BYTES = 8;
export const PUK_TRIES_MAX = 10;
/** How long a button or a PIN stands for the user's consent. */
export const PRESENCE_MS_MAX = 30_000;
/** How long a payment that waits for the user's consent is shown. */
export const QUESTION_MS_MAX = 60_000;
/** A press that comes so soon after a question was meant for what was there before. */
export const QUESTION_DEAF_MS = 1_000;

// Wire
/** Plaintext of one secured command or answer. */
export const APDU_DATA_BYTES_MAX = 1_024;
/**
 * Data of one command that comes in several APDUs, and of an answer that is fetched in several: what a front
 * end carries in one.
 */
export const APDU_COMMAND_BYTES_MAX = 2_039;
/** Bytes of one page of a sync, where its carrier says nothing: any reader carries so much. */
export const SYNC_PAGE_BYTES_MAX = 900;
/** The same where the carrier says that it carries more: what is the longest answer of a card when sealed. */
export const SYNC_LONG_PAGE_BYTES_MAX = 2_030;
/** Entries that the owner's history shows in one answer. */
export const HISTORY_ENTRIES_MAX = 8;

// Relays
/** Proximity checks in one session: a reader may have had something else to do in one of them. */
export const PROXIMITY_TRIES_MAX = 3;
/** A card that says that it needs longer for a proximity check is not believed. */
export const PROXIMITY_STATED_US_MAX = 10_000;

// Channel
/** Messages one way in one session: far above any touch, far below where a counter could repeat. */
export const CHANNEL_MESSAGES_MAX = 65_536;

// Store
/** Payload of one record: every object of a payment, and three of the longest in a sector of 4 KB. */
export const RECORD_BYTES_MAX = 1_000;
/** Keys are below this number: see `store/keys.ts`. */
export const STORE_KEYS_MAX = 1_216;
/** An invoice may be paid for so long. */
export const INVOICE_VALIDITY_S = 300;

// Codes of accounts
/** How long a device shows a code, or lets it be used: a photograph of it is worth no more. */
export const CODE_VALIDITY_S = 60;
/** A code on a screen gives way to the next so early: the last one can still be read to the end. */
export const CODE_NEXT_MS = 45_000;
/** Codes are shown for so long after the button was pressed; why there is none, for so long. */
export const CODES_SHOWN_MS_MAX = 120_000;
export const NO_CODE_SHOWN_MS = 10_000;
/** Users whom a terminal counts between two uploads: a power of two. */
export const ACCOUNT_USERS_MAX = 4_096;
/** Serial numbers on one deny list or whitelist. */
export const ACCOUNT_SERIALS_MAX = 10_000;
/** Bills that a terminal books between two uploads. */
export const BILLS_MAX = 4_096;
/** Flash that bills leave free, so that a receipt for them always fits: two sectors. */
export const BILL_RESERVE_BYTES = 8_192;
/** Bytes of a deny list that is not a delta: a filter of 370,000 certificates, a bitmap of 8 million. */
export const DENY_BODY_BYTES_MAX = 1_048_576;
/** Content of one signed part of a deny list. */
export const DENY_PART_BYTES = 1_024;

// Passive tags
/** An NDEF message: more than the certificate, an amount and two signatures ever take. */
export const TAG_MESSAGE_BYTES_MAX = 1_024;
/** Records in it: ours, and what others put beside it. */
export const TAG_RECORDS_MAX = 8;
/** Areas of a Type 2 tag's memory that its control TLVs may reserve. */
export const TAG_CONTROL_TLVS_MAX = 8;
/** What a tag has shown is kept for so long: whom the next touch may pay. */
export const TAG_EXPECTED_S_MAX = 60;

// Fares
/** Stations of one fare table: they are the first `place` numbers of a network's bills. */
export const FARE_STATIONS_MAX = 1_024;
/** Zones of one fare table. */
export const FARE_ZONES_MAX = 64;
/** A gate looks back so far for whoever went in: as long as bills stay at hand after their receipt. */
export const PASSBACK_S_MAX = 255;
