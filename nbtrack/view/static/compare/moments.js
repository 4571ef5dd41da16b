// @ts-check
/** Dates as filters write them, in milliseconds since 1970, UTC: what `datetime.fromisoformat` reads in Python. */

export const DAY = 86_400_000;
const TIME = String.raw`(\d\d)(?:(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)|(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?`;
const DATE = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|(-?)W(\d\d)(?:(-?)([1-7]))?)/;
const CLOCK = new RegExp(`^${TIME}(?: ?(?:(Z)|([+-])${TIME}))?$`, "s");

/** @param {string} text @returns {boolean} whether it is a date without a time of day */
export const isDay = (text) => /^[ \t-\r]*\d{4}-\d\d-\d\d[ \t-\r]*$/.test(text);

/** @param {string} text @returns {number | null} */
export function readMoment(text) {
  const plain = text.trim();
  const date = DATE.exec(plain);
  const day = date && dayOf(date);
  if (!date || day === null) return null;
  const rest = [...plain.slice(date[0].length)];
  if (!rest.length) return day;
  const clock = CLOCK.exec(rest.slice(1).join(""));
  if (!clock) return null;
  const time = span(clock, 1);
  const zone = clock[9] ? span(clock, 10) : 0;
  if (time === null || zone === null) return null;
  return (day * 1000 + time - (clock[9] === "-" ? -zone : zone)) / 1000;
}

/** @param {RegExpExecArray} found @returns {number | null} the first moment of the day */
function dayOf(found) {
  const year = Number(found[1]);
  if (!year) return null;
  if (found[7]) return found[9] && found[6] !== found[8] ? null : weekDay(year, Number(found[7]), Number(found[9] ?? 1));
  const [month, day] = [Number(found[2] ?? found[4]), Number(found[3] ?? found[5])];
  const at = utc(year, month, day);
  return new Date(at).getUTCMonth() === month - 1 && day ? at : null;
}

/** @param {number} year @param {number} month @param {number} day */
const utc = (year, month, day) => new Date(0).setUTCFullYear(year, month - 1, day);

/** @param {number} year @param {number} week @param {number} day @returns {number | null} */
function weekDay(year, week, day) {
  const fourth = utc(year, 1, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY;
  const at = monday + ((week - 1) * 7 + day - 1) * DAY;
  const thursday = new Date(monday + ((week - 1) * 7 + 3) * DAY).getUTCFullYear();
  return week && thursday === year ? at : null;
}

/** @param {RegExpExecArray} found @param {number} at where hours stand in it @returns {number | null} microseconds */
function span(found, at) {
  const [hour, minute, second] = [found[at], found[at + 1] ?? found[at + 4] ?? 0, found[at + 2] ?? found[at + 5] ?? 0].map(Number);
  const micro = Number((found[at + 3] ?? found[at + 6] ?? "").padEnd(6, "0").slice(0, 6));
  return hour > 23 || minute > 59 || second > 59 ? null : ((hour * 60 + minute) * 60 + second) * 1e6 + micro;
}
