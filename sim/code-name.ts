/** "lockedDown" of `{ lockedDown: 3 }` for 3, as "locked-down"; undefined where it has no name. */
export function codeName(codes: Readonly<Record<string, number>>, code: number): string | undefined {
  const name = Object.keys(codes).find((each) => codes[each] === code);
  return name?.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
