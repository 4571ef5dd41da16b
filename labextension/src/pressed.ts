const AGAIN = 50;

const waiting = new WeakMap<Element, () => void>();

/** Draw something anew, at once unless it is pressed. A click whose element leaves the page before the button is let go is
 * none, so this waits for that; of what comes meanwhile, only the last is done. */
export function unlessPressed(node: Element, draw: () => void): void {
  waiting.set(node, draw);
  look(node);
}

/** Have something looked at again in a moment, when what is pressed may have been let go. */
export function soon(work: () => void): void {
  setTimeout(work, AGAIN);
}

function look(node: Element): void {
  if (node.matches(':active')) return soon(() => look(node));
  const draw = waiting.get(node);
  waiting.delete(node);
  draw?.();
}
