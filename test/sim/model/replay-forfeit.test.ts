import { replaysEveryEdge } from './replay-edges.js';

replaysEveryEdge('forfeit');
