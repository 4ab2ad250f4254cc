/** Where there is no Node: what the bank reads and writes bytes with. The slash keeps Node's own away. */
export { Buffer } from 'buffer/';
