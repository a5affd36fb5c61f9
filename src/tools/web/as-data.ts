/**
 * Text of the web as a tool's output may hold it: prompts mark such text by lines of dashes before and after it, so that
 * none of its own may look like these.
 */
export function asData(text: string): string {
  return text.replace(/^[^\S\n]*-{4,}[^\S\n]*$/gm, '---');
}
