export { wholeValue } from '../../sim/field/whole-value.js';
