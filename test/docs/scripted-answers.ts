import type { StubReply, StubRequest } from '../../bench/stub-model.ts';
import { answer, enhance, facts, solve, toReply } from '../support/stack.ts';

/** A fact of a question, and where it is to be had. */
interface Lookup {
  tool: string;
  input: object;
  /** What the tool must have shown for the model to know the fact. */
  shows: string;
  edge: [from: string, type: string, to: string];
}

interface Scripted {
  /** Part of the question. */
  question: string;
  lookups: Lookup[];
  answer: string;
  calculate?: string;
}

const search = (query: string, shows: string, edge: Lookup['edge']): Lookup => ({
  tool: 'search_documents',
  input: { page: 1, query },
  shows,
  edge,
});

/** What a model would find and say for each question of the tutorials. The tools, and what they show, are real. */
const QUESTIONS = (page: string): Scripted[] => [
  {
    question: 'design of a vessel hull protected',
    lookups: [
      search('vessel hull design protection', 'ten years', ['Vessel hull design', 'PROTECTED_FOR_YEARS', '10']),
    ],
    answer: '10',
  },
  {
    question: 'mine resistant vehicle of Lancaster county',
    lookups: [
      search('mine resistant vehicle Lancaster', '412000', ['Mine resistant vehicle', 'COSTS_DOLLARS', '412000']),
      search('explosive ordnance disposal robot Dakota', '10000', ['Disposal robot', 'COSTS_DOLLARS_TOO', '10000']),
    ],
    answer: '402000',
    calculate: '412000 - 10000',
  },
  {
    question: 'which timezone of North American mountain time',
    lookups: [
      {
        tool: 'fetch_page',
        input: { url: page, page: 1 },
        shows: 'does not observe',
        edge: ['America/Phoenix', 'DOES_NOT_OBSERVE', 'daylight saving time'],
      },
    ],
    answer: 'America/Phoenix',
  },
  {
    question: 'architect of the Sydney Opera House',
    lookups: [search('Sydney Opera House architect', 'born in Copenhagen', ['Jørn Utzon', 'BORN_IN', 'Copenhagen'])],
    answer: 'Copenhagen',
  },
  {
    question: 'On which day of the week was the DMCA signed',
    lookups: [
      search('DMCA signed into law', 'October 28, 1998', ['DMCA', 'SIGNED_ON', '1998-10-28']),
      {
        tool: 'day_of_week',
        input: { date: '1998-10-28' },
        shows: 'Wednesday',
        edge: ['1998-10-28', 'IS_A', 'Wednesday'],
      },
    ],
    answer: 'Wednesday',
  },
  {
    question: 'Note down when the DMCA was signed',
    lookups: [
      search('DMCA signed into law', 'October 28, 1998', ['DMCA', 'SIGNED_ON', '1998-10-28']),
      {
        tool: 'write_note',
        input: { text: 'The DMCA was signed on 1998-10-28.' },
        shows: 'written',
        edge: ['Note', 'TELLS_OF', 'DMCA'],
      },
    ],
    answer: 'noted',
  },
];

/** Answers a request about one of the tutorials' questions. @param page the address of the page that one is about */
export function scriptedAnswer({ step, prompt, conversation }: StubRequest, page: string): StubReply {
  const asked = QUESTIONS(page).find(({ question }) => conversation.includes(question));
  if (asked === undefined) return { status: 400, body: { error: { message: 'No question of the tutorials.' } } };
  const { lookups, calculate } = asked;
  const missing = lookups.filter(({ edge: [, type] }) => !prompt.includes(type));
  const [next] = missing;
  const sideBySide = missing.filter(({ tool }) => tool === next?.tool);
  const shown = lookups.filter(({ shows }) => prompt.includes(shows)).map(({ edge }) => edge);
  const answers: Record<string, () => object> = {
    decideNextStep: () => (next === undefined ? solve() : enhance(...sideBySide.map(({ edge: [from] }) => from))),
    chooseTools: () => ({ calls: sideBySide.map(({ tool, input }) => ({ tool, input })) }),
    extractChanges: () => facts(...shown),
    writeQuery: () => ({ query: `MATCH (a)-[r]->(b) RETURN a.name, type(r), b.name` }),
    parseAnswer: () =>
      calculate === undefined || prompt.includes(`Calculated: ${calculate} = `)
        ? answer(asked.answer)
        : answer('', calculate),
  };
  return toReply(answers[step]?.());
}
