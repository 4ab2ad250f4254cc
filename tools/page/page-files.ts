/** A page as its host serves it: the bytes of each file by its name. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;
