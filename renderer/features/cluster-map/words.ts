/** Text in boxes whose width is known before it is drawn: letters are counted, not measured. */

/** The text, or its beginning and `…`, in at most so many letters. */
export function fit(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text;
}

/** Breaks at blanks, and after dashes where a word alone is too long. The last line ends in `…` when there is more. */
export function wrap(text: string, letters: number, lines: number): string[] {
  const pieces = text.split(/(?<= )|(?<=[-/])/);
  const made: string[] = [];
  let line = '';
  for (const [index, piece] of pieces.entries()) {
    if (line !== '' && (line + piece).trimEnd().length > letters) {
      if (made.length === lines - 1) return [...made, fit(line + pieces.slice(index).join(''), letters)];
      made.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return [...made, fit(line.trimEnd(), letters)];
}
