import type { Exit } from './output/exit.js';

/**
 * Something that the user can put right. It is printed as one line, `error: message [code]`, by
 * tools/cli/run-command.ts.
 */
export class CliError extends Error {
  constructor(
    readonly exit: Exit,
    /** For scripts, and to look up: one word in small letters, never changed. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What an error of the system says to a user, without Node's own words around it. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && REASONS[code]) || message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'there is a file of that name',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
};
