import { replaysEveryEdge } from './replay-edges.js';

replaysEveryEdge('load');
