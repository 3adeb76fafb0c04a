/** The texts of the values of a JSON list, each as it stands there. */

/** @param list valid JSON: a list of objects, or one object. */
export function textsIn(list: string): readonly string[] {
  const texts: string[] = [];
  let from = list.indexOf('{');
  while (from !== -1) {
    const end = endOfObject(list, from);
    texts.push(list.slice(from, end));
    from = list.indexOf('{', end);
  }
  return texts;
}

/** What opens and closes within a text is part of it. */
const MARKS = /["{}]/g;
const END_OF_TEXT = /(?:[^"\\]|\\.)*"/gsy;

function endOfObject(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    MARKS.lastIndex = at;
    const mark = MARKS.exec(text);
    if (mark === null) return text.length;
    at = mark.index + 1;
    if (mark[0] === '"') {
      END_OF_TEXT.lastIndex = at;
      END_OF_TEXT.exec(text);
      at = END_OF_TEXT.lastIndex;
    } else depth += mark[0] === '{' ? 1 : -1;
    if (depth === 0) return at;
  }
}
