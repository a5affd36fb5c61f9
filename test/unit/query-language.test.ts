import { describe, expect, it } from 'vitest';
import { maximumTokens } from '../../src/domain/budget.ts';
import type { QueryLanguage } from '../../src/domain/queries.ts';
import { STEP_RULES } from '../../src/domain/steps.ts';
import { answerSchema } from '../../src/model/generate.ts';
import type { Material } from '../../src/model/step.ts';
import { repairQuery } from '../../src/model/steps/repair-query.ts';
import { writeQuery } from '../../src/model/steps/write-query.ts';

const MATERIAL: Material = { question: '', documents: '', view: () => '', toolOutput: '', toolOutputs: [], tools: [] };

const asked = (language?: QueryLanguage): Record<'writeQuery' | 'repairQuery', { text: string; schema: string }> => {
  const spoken = language === undefined ? {} : { language };
  const toWrite = { revision: 1, how: '', empty: [], ...spoken };
  const toRepair = { revision: 1, how: '', query: '', error: '', ...spoken };
  const written = writeQuery.prompt(toWrite, MATERIAL);
  const repaired = repairQuery.prompt(toRepair, MATERIAL);
  return {
    writeQuery: {
      text: written.system + written.user,
      schema: JSON.stringify(answerSchema(writeQuery.schema(MATERIAL, toWrite))),
    },
    repairQuery: {
      text: repaired.system + repaired.user,
      schema: JSON.stringify(answerSchema(repairQuery.schema(MATERIAL, toRepair))),
    },
  };
};

describe('a query', () => {
  it('is asked for in Cypher where no language is named', () => {
    expect(asked()).toEqual(asked('cypher'));
    expect(asked().writeQuery.text).toContain('You write a Cypher query');
  });

  it.each<[QueryLanguage, RegExp]>([
    ['sparql', /SPARQL/],
    ['javascript', /JavaScript|body of a function/],
  ])('is asked for in %s, with no word of Cypher', (language, named) => {
    for (const { text, schema } of Object.values(asked(language))) {
      expect(text).toMatch(named);
      expect(schema).toMatch(named.source.includes('body') ? /body of a function/ : named);
      expect(text + schema).not.toMatch(/Cypher|MATCH|RETURN|toLower/);
    }
  });

  it.each(['cypher', 'sparql', 'javascript'] as const)(
    'in %s fits into what is reserved for its fixed words',
    (language) => {
      for (const [step, { text, schema }] of Object.entries(asked(language))) {
        expect(maximumTokens(text + schema)).toBeLessThanOrEqual(STEP_RULES[step as 'writeQuery'].fixedTokens);
      }
    },
  );
});
