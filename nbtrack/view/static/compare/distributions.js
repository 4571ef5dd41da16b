// @ts-check
/** Distribution functions that tests and intervals stand on, each with the source of its formula. */

/** @type {Map<string, number>} */
const QUANTILES = new Map();

/** The quantile of Student's t, to 10 digits: the distribution function inverted by bisection.
 * @param {number} p between 0 and 1 @param {number} df degrees of freedom, more than 0 @returns {number} */
export function tQuantile(p, df) {
  if (p < 0.5) return -tQuantile(1 - p, df);
  const key = `${p} ${df}`;
  let known = QUANTILES.get(key);
  if (known === undefined) {
    let high = 1;
    while (tCdf(high, df) < p && high < 1e300) high *= 2;
    known = inverted((t) => tCdf(t, df) - p, 0, high);
    if (QUANTILES.size < 5000) QUANTILES.set(key, known);
  }
  return known;
}

/** @param {(x: number) => number} rising @param {number} low @param {number} high @returns {number} where it crosses zero */
function inverted(rising, low, high) {
  for (let i = 0; i < 100 && high - low > 1e-13 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** @param {number} t @param {number} df @returns {number} P(T <= t), by the incomplete beta function (A&S 26.7.1) */
export function tCdf(t, df) {
  const tail = betaPart(df / 2, 0.5, df / (df + t * t)) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) evaluated as Lentz does.
 * @param {number} a @param {number} b @param {number} x @returns {number} */
export function betaPart(a, b, x) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaPart(b, a, 1 - x);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  let c = 1,
    d = 1 / (1 - ((a + b) * x) / (a + 1)),
    out = d;
  for (let m = 1; m < 500; m++) {
    let step = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + step * d);
    c = 1 + step / c;
    out *= d * c;
    step = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + step * d);
    c = 1 + step / c;
    out *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * out) / a;
}

/** @param {number} p @param {number} a @param {number} b @returns {number} the x where `betaPart(a, b, x)` is `p` */
export const betaQuantile = (p, a, b) => inverted((x) => betaPart(a, b, x) - p, 0, 1);

/** @param {number} x more than 0 @returns {number} by recurrence up to 10, then Stirling's series (DLMF 5.11.1) */
export function logGamma(x) {
  let shift = 0;
  for (; x < 10; x++) shift += Math.log(x);
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - (y * 691) / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** The distribution function of the normal distribution, by Marsaglia's series (A&S 26.2.11).
 * @param {number} x @returns {number} */
export function normalCdf(x) {
  if (Math.abs(x) > 7) return x > 0 ? 1 : 0;
  let term = x,
    sum = x;
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) sum += term *= (x * x) / k;
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** P(T <= t) of the noncentral t: the normal integrated by Simpson's rule over the spread of the standard deviation.
 * @param {number} t at most 50 or so @param {number} df at least 2 @param {number} shift the noncentrality @returns {number} */
export function shiftedTCdf(t, df, shift) {
  const reach = 8 / Math.sqrt(df),
    low = Math.max(0, 1 - reach),
    step = (1 + reach - low) / 1000;
  const front = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  let sum = 0;
  for (let i = 1; i <= 1000; i++) {
    const s = low + i * step;
    const density = Math.exp(front + (df - 1) * Math.log(s) - (df * s * s) / 2);
    sum += (i === 1000 ? 1 : i % 2 ? 4 : 2) * density * normalCdf(t * s - shift);
  }
  return (sum * step) / 3;
}

/** @param {number} t @param {number} df @param {number} p @returns {number} the noncentrality that puts `t` at the quantile `p` */
export function shiftOf(t, df, p) {
  const reach = 12 + Math.abs(t) * (1 + 8 / Math.sqrt(df));
  return inverted((shift) => p - shiftedTCdf(t, df, shift), -reach, reach);
}
