// @ts-check
/** Which params are seeds. The same in Python is `seed_like` of `query/statistics.py`. */

const SEED = /(^|[._\s-])(random_?state|(\w+_)?seed|rng)$|[a-z]Seed$/i;

/** @param {string} key @returns {boolean} whether a param of this name only says which random numbers were drawn */
export const seedLike = (key) => SEED.test(key);
