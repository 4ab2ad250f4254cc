/** One line of the owner's history: kind (1), amount (4), time (4), counterparty (8), sequence (4). */
export const HISTORY_LINE_BYTES = 21;

/** The first byte of a line: what kind of journal entry it tells of. */
export const HistoryKind = { out: 1, in: 2, refused: 3, answer: 4, settled: 5 } as const;
