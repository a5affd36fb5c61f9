import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerSchema, parseAnswerText } from '../../src/model/generate.ts';

const schema = z.object({ answer: z.string(), sure: z.boolean() });
const RIGHT = { answer: 'Peru', sure: true };

describe('parseAnswerText', () => {
  it.each([true, false])('reads JSON that fits (lenient: %s)', (lenient) => {
    expect(parseAnswerText(JSON.stringify(RIGHT), schema, lenient)).toEqual({ kind: 'answer', value: RIGHT });
  });

  it.each([
    ['a code fence', '```json\n{"answer": "Peru", "sure": true}\n```'],
    ['words around it', 'Here it is: {"answer": "Peru", "sure": true} I hope that helps.'],
    ['a comma too many', '{"answer": "Peru", "sure": true,}'],
    ['single quotes', "{'answer': 'Peru', 'sure': true}"],
    ['names without quotes', '{answer: "Peru", sure: true}'],
    ['Python’s words', '{"answer": "Peru", "sure": True}'],
  ])('forgives %s of a model that was asked in words, and of no other', (_, text) => {
    expect(parseAnswerText(text, schema, true)).toEqual({ kind: 'answer', value: RIGHT });
    expect(parseAnswerText(text, schema, false)).toMatchObject({ kind: 'invalid', text });
  });

  it.each(['', 'I do not know.', '}{', '{"answer": '])('finds no JSON in %j', (text) => {
    const invalid = { kind: 'invalid', text, error: 'The answer is not a JSON object.' };
    expect(parseAnswerText(text, schema, false)).toEqual(invalid);
  });

  it.each([
    ['{"answer": "Peru"}', /sure/],
    ['{"answer": 7, "sure": true}', /expected string/],
    ['[]', /expected object/],
    ['null', /expected object/],
    ['"Peru"', /expected object/],
  ])('never forgives the wrong shape of %s, and says what is wrong', (text, error) => {
    for (const lenient of [true, false]) {
      const parsed = parseAnswerText(text, schema, lenient);
      expect(parsed).toMatchObject({ kind: 'invalid', text });
      expect((parsed as { error: string }).error).toMatch(error);
    }
  });

  it('keeps what it says of a long answer short', () => {
    const text = `{"answer": [${'7,'.repeat(50_000)}7], "more": "${'x'.repeat(50_000)}"}`;
    const parsed = parseAnswerText(text, schema, true) as { text: string; error: string };
    expect(parsed.text.length).toBeLessThanOrEqual(2_000);
    expect(parsed.error.length).toBeLessThanOrEqual(1_000);
  });
});

describe('an answer that is far too long', () => {
  it.each([true, false])('is none, even if it fits otherwise (lenient: %s)', (lenient) => {
    const text = JSON.stringify({ answer: 'x'.repeat(10_000_000), sure: true });
    const parsed = parseAnswerText(text, schema, lenient) as { text: string; error: string };
    expect(parsed).toMatchObject({
      kind: 'invalid',
      error: `The answer has ${text.length} characters, the most is 32768: answer shorter.`,
    });
    expect(parsed.text.length).toBeLessThanOrEqual(2_000);
  });
});

describe('a call that fits no tool', () => {
  const call = <Name extends string>(tool: Name, input: z.ZodType) => z.object({ tool: z.literal(tool), input });
  const calls = z.array(
    z.union([
      call('search', z.object({ page: z.number(), words: z.string() })),
      call('measure', z.object({ unit: z.enum(['km', 'mile']) })),
      call('either', z.object({ of: z.union([z.number(), z.object({ kind: z.literal('x'), n: z.number() })]) })),
    ]),
  );
  it.each([
    [{ tool: 'launch', input: {} }, '✖ Invalid option: expected one of "search", "measure", "either"\n  → at [0].tool'],
    [{ input: {} }, '✖ Invalid option: expected one of "search", "measure", "either"\n  → at [0].tool'],
    [
      { tool: 'search', input: { page: 'one', words: 'w' } },
      '✖ Invalid input: expected number, received string\n  → at [0].input.page',
    ],
    [{ tool: 'search' }, '✖ Invalid input: expected object, received undefined\n  → at [0].input'],
    [
      { tool: 'measure', input: { unit: 'cm' } },
      '✖ Invalid option: expected one of "km"|"mile"\n  → at [0].input.unit',
    ],
    [
      { tool: 'either', input: { of: { kind: 'x', n: '7' } } },
      '✖ Invalid input: expected number, received object\n  → at [0].input.of',
    ],
    ['search', '✖ Invalid input: expected object, received string\n  → at [0]'],
  ])('%j is told which there are, or what its own input must be', (given, error) => {
    expect(parseAnswerText(JSON.stringify([given]), calls, false)).toMatchObject({ kind: 'invalid', error });
  });
});

describe('answerSchema', () => {
  it('says what the answer must be, without naming a dialect', () => {
    expect(answerSchema(schema)).toMatchObject({
      type: 'object',
      properties: { answer: { type: 'string' }, sure: { type: 'boolean' } },
      required: ['answer', 'sure'],
    });
    expect(answerSchema(schema)).not.toHaveProperty('$schema');
  });
});
