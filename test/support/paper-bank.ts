export * from '../../sim/paper-bank.js';
