/** Wrong code: the real one with one line changed, for which whoever judges the real one must find it out. */
export interface Mutant {
  readonly name: string;
  /** In the root of the project. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A mutant that random lives do not reach, and the test of the suite that finds it out. */
export interface MoneyMutant extends Mutant {
  /** A file of the suite, and the words that choose one of its tests. */
  readonly test?: readonly [file: string, name: string];
}

/** Makes mutants of the files of one folder. */
export const mutantsOf =
  (folder: string) =>
  (file: string, name: string, find: string, replace = ''): Mutant => ({
    name,
    file: `${folder}/${file}`,
    find,
    replace,
  });

/** Of a file of the suite: the mutant that the test of that name finds out. */
export const byTest =
  (file: string) =>
  (name: string, mutant: Mutant): MoneyMutant => ({ ...mutant, test: [file, name] });
