/**
 * Currencies whose smallest unit is not a hundredth (ISO 4217, list one, column "minor unit"). Units of
 * account with four decimals, CLF and UYW, are no money that anybody holds.
 */
const WHOLE = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ');
const THOUSANDTHS = 'BHD IQD JOD KWD LYD OMR TND'.split(' ');
const DECIMALS = 2;

/** How many decimals amounts of a currency are written with. `currency`: ISO 4217, as in "CNY". */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  if (WHOLE.includes(currency)) return 0;
  return THOUSANDTHS.includes(currency) ? 3 : DECIMALS;
}

/** Minor units as they are written without separators: 1250 of CNY is "12.50", of JPY "1250". */
export function inMajor(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(amount).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}
