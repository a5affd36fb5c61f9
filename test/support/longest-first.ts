import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files that take minutes each, while most take seconds. */
const LONGEST = [
  'cli/eval',
  'run/faults',
  'docs/tutorials',
  'graph/neo4j',
  'cli/solve',
  'run/shared-budgets',
  'cli/runs',
  'graph/rdf4j',
  'graph/memory',
  'graph/embedded',
  'injection/injection',
  'cli/steer',
];

/** Begins the files that take longest first, so that all workers end at about the same time. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
