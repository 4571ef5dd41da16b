/** What JupyterLab's contents know of a path: on which drive it lies, and what that drive calls it. */
export interface Drives {
  driveName(path: string): string;
  localPath(path: string): string;
}

/** What jupyter-collaboration calls the server's own disk. */
const SAME = 'RTC';

/** The drive on which a path lies, where that is not the server's disk; '' where it is. */
export function elsewhere(drives: Drives, path: string): string {
  const name = drives.driveName(path);
  return name === SAME ? '' : name;
}

/** A path as its drive calls it. A colon in the name of a file is no drive. */
export const localPath = (drives: Drives, path: string): string => drives.localPath(path).replace(/^\/+/, '');

/** The folder in which a notebook lies, as the server's contents call it: what decides which store is its own. */
export const folderOf = (drives: Drives, path: string): string => localPath(drives, path).split('/').slice(0, -1).join('/');
