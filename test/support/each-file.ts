import { afterAll } from 'vitest';
import { closeFileEngine } from './file-engine.js';

afterAll(closeFileEngine);
