/** What every command ends with. */
export const Exit = {
  fine: 0,
  /** An invariant, or what a scenario expects, does not hold. A device has a fault, or refuses. */
  violated: 1,
  /** Wrong usage, or a file that cannot be used: nothing was begun. */
  usage: 2,
  /** No device answers at the port, a bank cannot be reached, or a program that is needed is missing. */
  absent: 3,
  /** A bug in these tools (EX_SOFTWARE of sysexits.h). The only end with a stack trace. */
  bug: 70,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** The same for all commands, at the end of their help. */
export const EXIT_HELP = `
Exit status:
  0   fine
  1   an invariant or an expectation is violated; a device, a bank or an image has a fault, or refuses
  2   wrong usage, or a file that cannot be used: nothing was begun
  3   no device or bank answers, or a program that is needed is missing
  70  a bug in tapnote

An error is one line on standard error that ends with its code: error: what is wrong [code]`;
