/** A market of thousands of devices stays cached; a run of millions does not fill memory. */
const KEYS_CACHED_MAX = 8192;

/** What `make` makes of a key's raw bytes, once. Full, it forgets the key that came in first. */
export function cached<Key>(keys: Map<string, Key>, raw: Uint8Array, make: (raw: Uint8Array) => Key): Key {
  const name = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1');
  let key = keys.get(name);
  if (key === undefined) {
    key = make(raw);
    if (keys.size >= KEYS_CACHED_MAX) keys.delete(keys.keys().next().value as string);
    keys.set(name, key);
  }
  return key;
}
