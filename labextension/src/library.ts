import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { Book } from './book';
import { Connection, Nowhere, type Socket } from './connection';
import { elsewhere, folderOf, localPath, type Drives } from './drives';
import { problemsIn } from './problems';
import { troubleAt } from './trouble';

/** The books of the notebooks that are open: one connection a folder, made when first asked for. */
export class Library {
  constructor(
    private settings: ServerConnection.ISettings,
    private drives: Drives,
    private trans: TranslationBundle
  ) {
    document.addEventListener('visibilitychange', () => this.see());
    window.addEventListener('online', () => this.hurry());
  }

  /** Told when a book is made. */
  get opened(): ISignal<this, Book> {
    return this.made;
  }

  /** The book of a notebook's store. */
  of(path: string): Book {
    const place = this.place(path);
    const known = this.books.get(place);
    if (known) return known;
    const drive = elsewhere(this.drives, path);
    const connection = drive ? this.none(drive) : this.connection(this.folderOf(path));
    const book = new Book(connection);
    this.books.set(place, book);
    this.see();
    this.made.emit(book);
    return book;
  }

  /** The folder in which a notebook lies, as the server's contents call it. */
  folderOf(path: string): string {
    return folderOf(this.drives, path);
  }

  /** A notebook as the server's contents, and so its runs, call it. */
  nameOf(path: string): string {
    return localPath(this.drives, path);
  }

  /** Let go of the books of folders in which no notebook is open. */
  keep(paths: Iterable<string>): void {
    const wanted = new Set([...paths].map(path => this.place(path)));
    for (const [place, book] of this.books)
      if (!wanted.has(place)) {
        this.books.delete(place);
        book.dispose();
        book.connection.dispose();
      }
  }

  /** Notebooks with the same place have the same store. */
  private place(path: string): string {
    const drive = elsewhere(this.drives, path);
    return drive ? `${drive}:` : `/${this.folderOf(path)}`;
  }

  private connection(folder: string): Connection {
    const { settings, trans } = this;
    const query = new URLSearchParams({ notebook: folder ? `${folder}/` : '' });
    const why = () => troubleAt(`${URLExt.join(settings.baseUrl, 'nbtrack', 'live')}?${query}`, settings, trans);
    return new Connection(() => this.socket(query), undefined, why, problemsIn(trans));
  }

  /** A drive that is not the server's disk has no store beside its notebooks that the server could read. */
  private none(drive: string): Connection {
    const words = this.trans.__('This notebook is on the drive “%1”, which is not the server’s disk, so the server cannot read its runs. They are where its kernel works: nbtrack.runs() in the notebook shows them.', drive);
    return new Connection(() => {
      throw new Nowhere(words);
    });
  }

  private see(): void {
    for (const book of this.books.values()) book.connection.see(!document.hidden);
    if (!document.hidden) this.hurry();
  }

  /** The way may be free again: nobody waits for the next try. */
  private hurry(): void {
    for (const book of this.books.values()) book.connection.hurry();
  }

  private socket(asked: URLSearchParams): Socket {
    const { wsUrl, token, appendToken, WebSocket } = this.settings;
    const url = URLExt.join(wsUrl || PageConfig.getWsUrl(), 'nbtrack', 'live');
    const query = new URLSearchParams(asked);
    if (appendToken && token) query.set('token', token);
    return new WebSocket(`${url}?${query}`) as unknown as Socket;
  }

  private books = new Map<string, Book>();
  private made = new Signal<this, Book>(this);
}
