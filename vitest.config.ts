import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/each-file.ts'],
    // Vitest leaves a core free by default, which on two cores doubles the time.
    maxWorkers: availableParallelism(),
    // Files share a process and what it has compiled: to load and to compile all anew for each of them takes
    // longer than many of them run. What a test leaves behind in a module is a fault of that test.
    isolate: false,
    // What a test does is bounded by its work. A time limit fails on a machine that is busy elsewhere, and
    // says nothing.
    testTimeout: 0,
    hookTimeout: 0,
  },
});
