/**
 * Whether to skip tests that need something from outside (vectors beside the project, another program). With
 * TAPNOTE_REQUIRE_ALL set, as in CI, nothing is skipped: its absence is an error.
 */
export function skipWithout(present: boolean, what: string): boolean {
  if (!present && process.env.TAPNOTE_REQUIRE_ALL)
    throw new Error(`TAPNOTE_REQUIRE_ALL is set, and ${what} is missing`);
  return !present;
}
