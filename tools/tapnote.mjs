#!/usr/bin/env node
import { register } from 'tsx/esm/api';

// The sources are TypeScript and run as they are: nothing to build, nothing that could be stale.
register();
await import('./cli/cli.ts');
