/** Addresses as terminals and chat programs make links of them. */
const LINK = /\b(?:[a-z][a-z0-9+.-]*:\/\/|www\.)[^\s<>"'`|\\^{}]+/gi;

/**
 * `text` with every link that no known text holds written so that nothing follows it, as in `https[:]//a.example`: a link
 * that a model made up may carry away in its address what the model has read.
 */
export function defangLinks(text: string, known: readonly string[]): string {
  return text.replace(LINK, (found) => {
    const link = found.replace(/[.,;:!?)\]]+$/, '');
    if (known.some((other) => other.includes(link))) return found;
    return found.replace('://', '[:]//').replace(/^www\./i, 'www[.]');
  });
}
