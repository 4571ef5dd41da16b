import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import { Book } from './book';
import { Connection, type Socket } from './connection';

/** The folder in which a notebook lies, as the server's contents call it: what decides which store is its own. */
export const folderOf = (path: string): string => path.split(':').pop()!.replace(/^\/+/, '').split('/').slice(0, -1).join('/');

/** The books of the notebooks that are open: one connection a folder, made when first asked for. */
export class Library {
  constructor(private settings: ServerConnection.ISettings) {
    document.addEventListener('visibilitychange', () => this.see());
  }

  /** Told when a book is made. */
  get opened(): ISignal<this, Book> {
    return this.made;
  }

  /** The book of a notebook's store. */
  of(path: string): Book {
    const folder = folderOf(path);
    const known = this.books.get(folder);
    if (known) return known;
    const connection = new Connection(() => this.socket(folder));
    const book = new Book(connection);
    this.books.set(folder, book);
    this.see();
    this.made.emit(book);
    return book;
  }

  /** Let go of the books of folders in which no notebook is open. */
  keep(paths: Iterable<string>): void {
    const wanted = new Set([...paths].map(folderOf));
    for (const [folder, book] of this.books)
      if (!wanted.has(folder)) {
        this.books.delete(folder);
        book.dispose();
        book.connection.dispose();
      }
  }

  private see(): void {
    for (const book of this.books.values()) book.connection.see(!document.hidden);
  }

  private socket(folder: string): Socket {
    const { wsUrl, token, appendToken, WebSocket } = this.settings;
    const url = URLExt.join(wsUrl || PageConfig.getWsUrl(), 'nbtrack', 'live');
    const query = new URLSearchParams({ notebook: folder ? `${folder}/` : '' });
    if (appendToken && token) query.set('token', token);
    return new WebSocket(`${url}?${query}`) as unknown as Socket;
  }

  private books = new Map<string, Book>();
  private made = new Signal<this, Book>(this);
}
