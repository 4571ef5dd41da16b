/** What the page and the server say to each other, as `nbtrack/hosts/server/desk.py` has it. Nothing here runs. */
import type { Change, Message, Payload } from '../../nbtrack/view/static/compare/types.js';

export type { Change, Payload };

export interface Rights {
  write: boolean;
  execute: boolean;
}

/** Who refuses a right that is missing: the server that asks who you are, or the store, whose folder cannot be written. */
export type Because = { [right in keyof Rights]?: 'server' | 'store' };

/** What a channel hears: the same as a live comparison hears from a kernel, of a long list its newest runs before all
 * `of` them, or that it cannot be followed. */
export type Heard = ((Message & { of?: number }) | { do: 'refused'; problem: string }) & { channel: string | null };

export type Down =
  | { do: 'welcome'; store: string; rights: Rights; because: Because }
  | { do: 'answer'; number: number; value?: unknown; problem?: string }
  | { do: 'progress'; number: number; text: string }
  | Heard;

/** Where a run is reproduced: in its own environment, built anew, or in the one that the server runs in. */
export type Environment = 'restore' | 'current';

export type Up =
  | { do: 'open'; channel: string; ask: string; detail?: boolean }
  | { do: 'hello'; channel: string; state: number }
  | { do: 'edit'; channel: string; number: number; change: Change }
  | { do: 'close'; channel: string }
  | { do: 'seen'; seen: boolean }
  | ({ do: 'ask'; number: number } & Question)
  | { do: 'reproduce'; number: number; run: string; environment?: Environment }
  | { do: 'stop'; number: number };

/** The questions with one answer, and what each answers. */
export type Question =
  | { what: 'run'; run: string }
  | { what: 'artifact'; run: string; name: string }
  | { what: 'program'; run: string; kind: 'script' | 'notebook' | 'module' }
  | { what: 'plan'; run: string }
  | { what: 'difference'; old: string; new: string }
  | { what: 'cells'; cells: Record<string, string> }
  | { what: 'report'; runs: string[]; title?: string };

export interface Answers {
  run: Detail;
  artifact: { name: string; media_type: string; base64: string };
  program: Made;
  plan: Plan;
  difference: DiffLine[];
  cells: Record<string, CellNow>;
  report: Made;
}

/** The text of a file, a name for it, and what is to be known of it. */
export interface Made {
  name: string;
  text: string;
  notes: string[];
}

export type DiffLine = [sign: '=' | '-' | '+', text: string, marks: [number, number][]];

export interface Kept {
  name: string;
  media_type: string;
  size: number;
  opens: boolean;
}

/** A run in detail. */
export interface Detail {
  id: string;
  name: string;
  experiment: string;
  status: string;
  condition: string;
  verdict: string | null;
  note: string | null;
  params: Record<string, unknown>;
  metrics: Record<string, unknown>;
  sources: { params: Record<string, string>; metrics: Record<string, string> };
  error: { type: string; message: string; traceback?: string } | null;
  warnings: string[];
  cell: { id: string | null; source: string; count: number | null } | null;
  artifacts: Kept[];
  verdicts: string[];
}

/** What became of a cell: its runs, newest first; whether it was edited since; which cells it reads from were. */
export interface CellNow {
  runs: string[];
  stale: boolean;
  upstream: string[];
}

/** What reproducing a run would execute, and with what. */
export interface Plan {
  headline: string;
  sections: { title: string; lines: string[]; grave: boolean; cells: { place: string; line: string; source: string }[] }[];
}

/** What a reproduction found; `docs/json-format.md` has all of it. */
export interface Verdict {
  level: string;
  text: string;
  metrics: Record<string, { was: unknown; now: unknown; level: string }>;
  causes: { text: string }[];
}
