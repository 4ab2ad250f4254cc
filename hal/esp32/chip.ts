const fillId = native('xs_esp32_chip_id') as (target: Uint8Array) => void;

/** Of this chip alone: the MAC address that its maker has burnt in, and two zeros. */
export function chipId(): Uint8Array {
  const id = new Uint8Array(8);
  fillId(id);
  return id;
}

/** Microseconds since this start; wraps after half an hour. */
export const microseconds = native('xs_esp32_microseconds') as () => number;
