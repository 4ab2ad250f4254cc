#ifndef TAPNOTE_COMPILE_H
#define TAPNOTE_COMPILE_H

/* Parses a script and writes its bytecode: 0, or an exit status. */
int compile(const char *scriptPath, const char *bytecodePath);

#endif
