import { expect, it } from 'vitest';
import { contextOf } from '../src/context';
import { elsewhere, folderOf, localPath } from '../src/drives';

/** JupyterLab's contents with some drives beside the server's own. */
const having = (...names: string[]) => {
  const driveName = (path: string) => names.find(name => path.startsWith(`${name}:`)) ?? '';
  return { driveName, localPath: (path: string) => path.slice(driveName(path) ? driveName(path).length + 1 : 0) };
};

it('takes what people edit together for what it is: files of the server’s disk', () => {
  const drives = having('RTC', 'S3');
  expect(elsewhere(drives, 'RTC:folder/n.ipynb')).toBe('');
  expect(localPath(drives, 'RTC:folder/n.ipynb')).toBe('folder/n.ipynb');
  expect(folderOf(drives, 'RTC:folder/deep/n.ipynb')).toBe('folder/deep');
  expect(folderOf(drives, 'RTC:/n.ipynb')).toBe('');
});

it('knows a drive that is not the server’s disk', () => {
  expect(elsewhere(having('S3'), 'S3:bucket/n.ipynb')).toBe('S3');
});

it('takes a colon in a name for a colon', () => {
  const drives = having('RTC');
  expect(elsewhere(drives, '2024: autumn/a:b.ipynb')).toBe('');
  expect(folderOf(drives, '2024: autumn/a:b.ipynb')).toBe('2024: autumn');
});

const notebook = (path: string, dirty: boolean) => {
  const cell = { id: 'a', cell_type: 'code', getSource: () => 'x = 1' };
  return { context: { path, model: { dirty, sharedModel: { cells: [cell] } } } } as any;
};

it('sends the sources of a notebook that no kernel finds on its disk, saved or not', () => {
  const drives = having('RTC', 'S3');
  expect(contextOf(notebook('RTC:folder/n.ipynb', false), drives)).toEqual({ path: 'n.ipynb', cells: ['a'] });
  expect(contextOf(notebook('S3:folder/n.ipynb', false), drives)).toEqual({ path: 'S3:folder/n.ipynb', cells: ['a'], unsaved: { a: ['code', 'x = 1'] } });
});
