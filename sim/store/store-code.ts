import type { format, openStore } from '../../firmware/store/open.js';

/** The two ways into a store: the real ones, or a mutant's. */
export interface StoreCode {
  readonly openStore: typeof openStore;
  readonly format: typeof format;
}
