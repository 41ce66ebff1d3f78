/**
 * How what an erasure removes is found in texts that no schema describes: rejected items, dead letters. A text mentions a value
 * when one of its words, folded, is the value's folded form. Words are what JSON strings hold as a whole, and what is left
 * when any text is cut at blanks and punctuation that values do not have.
 */

/** Longer ones are no identifiers. */
const maxWordLength = 400;
/** Of one text: what is longer than this many words is looked at in part. */
const maxWords = 20_000;

const separators = /[\s"'<>,;&=?{}[\]()\\|`]+/;
const phoneLike = /^\+?[\d\s().\-/]{5,30}$/;

/** Without case, blanks around it, and compositions. Telephone numbers are their digits. */
export function foldMention(value: string): string {
  const trimmed = value.trim();
  if (phoneLike.test(trimmed)) return trimmed.replaceAll(/\D/g, '');
  return trimmed.normalize('NFC').toLowerCase();
}

/** The folded words of a text, each once. */
export function foldedWords(text: string): Set<string> {
  const words = new Set<string>();
  const add = (word: string): void => {
    if (word.length > maxWordLength || words.size >= maxWords) return;
    const folded = foldMention(word);
    if (folded !== '') words.add(folded);
  };
  for (const leaf of leavesOf(text)) {
    add(leaf);
    for (const word of leaf.split(separators)) add(word);
  }
  return words;
}

/** Strings and numbers of a JSON text at any depth, names too; a text that is no JSON is its own leaf. */
function leavesOf(text: string): string[] {
  const pending: unknown[] = [];
  try {
    pending.push(JSON.parse(text) as unknown);
  } catch {
    return [text];
  }
  const leaves: string[] = [];
  for (let next = pending.pop(); next !== undefined && leaves.length < maxWords; next = pending.pop()) {
    if (typeof next === 'string') leaves.push(next);
    else if (typeof next === 'number') leaves.push(String(next));
    else if (typeof next === 'object' && next !== null) {
      for (const [name, value] of Object.entries(next)) {
        if (!Array.isArray(next)) leaves.push(name);
        pending.push(value);
      }
    }
  }
  return leaves;
}
