import { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Says what is wrong with an answer, an issue a line and where it is. Of a union, zod only says that nothing fits: here it
 * is said of the option that was meant, or which options there are.
 */
export function explainIssues({ issues }: z.ZodError): string {
  return z.prettifyError({ issues: issues.flatMap((issue) => expand(issue, [])) });
}

function expand(issue: Issue, above: readonly PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
  const meant = issue.errors.filter((option) => !option.some(isOtherName));
  if (meant.length > 0) {
    const [closest] = meant.sort((a, b) => a.length - b.length);
    return closest!.flatMap((inner) => expand(inner, path));
  }
  const names = issue.errors.flatMap((option) => option.filter(isOtherName));
  const values = [...new Set(names.flatMap((name) => name.values))];
  const message = `Invalid option: expected one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  return [{ ...names[0]!, values, message, path: [...path, ...names[0]!.path] }];
}

/** Whether it says that a name, as a call's `tool`, is that of another option. */
function isOtherName(issue: Issue): issue is z.core.$ZodIssueInvalidValue {
  return issue.code === 'invalid_value' && issue.path.length <= 1;
}
