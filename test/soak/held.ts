/** What a recording peer has taken: ids, and how many copies beyond the first. */
export class Held {
  readonly ids: Set<string> = new Set();
  copies = 0;

  /** Whether it is the first of its id. */
  take(id: string): boolean {
    if (this.ids.has(id)) {
      this.copies += 1;
      return false;
    }
    this.ids.add(id);
    return true;
  }
}
