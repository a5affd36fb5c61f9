import type { Extraction } from '../../src/domain/changes.ts';
import { normalizeType } from '../../src/domain/changes.ts';
import type { StepName } from '../../src/domain/steps.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { QueryLanguage } from '../../src/domain/queries.ts';
import { normalizeName } from '../../src/domain/text.ts';
import type { OutputOf } from '../../src/model/steps/index.ts';
import type { Question } from './data.ts';

/** A request as the oracle sees it: the step and the words of the prompt, nothing else. */
export interface OracleRequest {
  step: StepName;
  /** The user's part of the prompt. */
  text: string;
  /** The system's part: it says which language a query is written in. @default Cypher */
  system?: string;
}

/** A hop's fact as the oracle writes it: an edge whose type no other hop of the question has. */
interface Fact {
  hop: number;
  from: string;
  fromLabel: string;
  type: string;
  to: string;
  toLabel: string;
}

/**
 * Answers each step as a perfect model could from what the request shows. It knows the gold decompositions, but uses a
 * fact only once its paragraph, or the graph that holds it, is in the request.
 */
export class Oracle {
  readonly #byQuestion: ReadonlyMap<string, Question>;

  constructor(questions: readonly Question[]) {
    this.#byQuestion = new Map(questions.map((question) => [question.question.trim(), question]));
  }

  /** @returns undefined when the request is about no question that the oracle knows */
  answer({ step, text, system = '' }: OracleRequest): unknown {
    const asked = /^Question: ([\s\S]*?)\n\n/.exec(text)?.[1]?.trim() ?? '';
    const question = this.#byQuestion.get(asked);
    if (question === undefined) return undefined;
    const state = new Shown(question, text);
    switch (step) {
      case 'decideNextStep':
        return state.decide() satisfies OutputOf<'decideNextStep'>;
      case 'chooseTools':
        return state.chooseTools() satisfies OutputOf<'chooseTools'>;
      case 'extractChanges':
      case 'repairChanges':
        return state.extract() satisfies OutputOf<'extractChanges'>;
      case 'extractChangesTogether':
        return state.extractTogether() satisfies OutputOf<'extractChangesTogether'>;
      case 'writeQuery':
      case 'repairQuery':
        return state.query(languageOf(system)) satisfies OutputOf<'writeQuery'>;
      case 'parseAnswer':
        return state.parse() satisfies OutputOf<'parseAnswer'>;
      case 'answerDirectly':
        return {
          calculate: '',
          answer: state.solved ? question.answer : 'unknown',
        } satisfies OutputOf<'answerDirectly'>;
      case 'chooseAnswer':
        return state.choose() satisfies OutputOf<'chooseAnswer'>;
    }
  }
}

/** What one request shows of one question. */
class Shown {
  readonly #question: Question;
  readonly #text: string;
  readonly #facts: Fact[];
  /** Hops whose facts the shown graph holds. */
  readonly #known: Set<number>;

  constructor(question: Question, text: string) {
    this.#question = question;
    this.#text = text;
    this.#facts = question.decomposition.map((_, hop) => factOf(question, hop));
    const graph = section(text, 'Graph') ?? section(text, 'Graph so far') ?? '';
    this.#known = new Set(this.#facts.filter((fact) => graph.includes(`-[:${fact.type}]->`)).map(({ hop }) => hop));
  }

  get solved(): boolean {
    return this.#known.has(this.#facts.length - 1) && this.#facts.every(({ hop }) => this.#known.has(hop));
  }

  decide(): OutputOf<'decideNextStep'> {
    if (this.solved) {
      const last = this.#facts.at(-1)!;
      return {
        facts: [],
        next: 'SOLVE',
        how: `The node that ${last.from} reaches by ${last.type}.`,
      };
    }
    return {
      facts: this.#missing()
        .map((hop) => ({ fact: this.#ask(hop), value: '?' }))
        .slice(0, 4),
      next: 'ENHANCE',
      how: '',
    };
  }

  /**
   * Searches by the sub-question's text, its subject and names, and the question, then further down their results; what
   * was searched is not repeated.
   */
  chooseTools(): OutputOf<'chooseTools'> {
    const made = section(this.#text, 'Calls made') ?? '';
    const asked = this.#missing().map((hop) => this.#ask(hop));
    const { question } = this.#question;
    const queries = [
      ...asked,
      ...asked.flatMap((text) => [subjectOf(text), namesOf(text)]),
      question,
      namesOf(question),
    ]
      .map((query) => query.trim())
      .filter((query) => normalizeName(query) !== '');
    const distinct = [...new Map(queries.map((query) => [normalizeName(query), query])).values()];
    const searches = PAGES.flatMap((page) => distinct.map((query) => ({ page, query })));
    const open = searches.filter((search) => !made.includes(JSON.stringify(search).slice(0, 100)));
    const chosen = open.length > 0 ? open.slice(0, SEARCHES) : [{ page: 1, query: question }];
    return { calls: chosen.map((input) => ({ tool: 'search_documents', input })) };
  }

  extract(): OutputOf<'extractChanges'> {
    return this.#factsOf(outputOf(this.#text));
  }

  extractTogether(): OutputOf<'extractChangesTogether'> {
    const texts = new Map<number, string>();
    for (const [, number, line] of this.#text.matchAll(/^(\d+)\| (.*)$/gm)) {
      texts.set(Number(number), `${texts.get(Number(number)) ?? ''}${line}\n`);
    }
    const outputs = [...texts].map(([output, text]) => ({ output, ...this.#factsOf(text) }));
    return { outputs: outputs.filter(({ edges }) => edges.length > 0) };
  }

  #factsOf(text: string): Extraction {
    const extraction: Extraction = { nodes: [], edges: [], retract: [] };
    const output = normalizeName(text);
    const add = (name: string, label: string): void => {
      if (!extraction.nodes.some((node) => normalizeName(node.name) === normalizeName(name))) {
        extraction.nodes.push({ name, label, properties: [] });
      }
    };
    for (const fact of this.#facts) {
      const { paragraph } = this.#question.decomposition[fact.hop]!;
      const source = this.#question.paragraphs[paragraph]?.text ?? '';
      if (!shows(output, source, this.#question.decomposition[fact.hop]!.answer)) continue;
      add(fact.from, fact.fromLabel);
      add(fact.to, fact.toLabel);
      extraction.edges.push({ from: fact.from, type: fact.type, to: fact.to, properties: [] });
    }
    return extraction;
  }

  query(language: QueryLanguage): OutputOf<'writeQuery'> {
    const last = this.#facts.at(-1);
    const queries = QUERIES[language];
    return { query: last === undefined || !this.solved ? queries.nothing : queries.endsOf(last.type) };
  }

  parse(): OutputOf<'parseAnswer'> {
    const rows = normalizeName(section(this.#text, 'Rows') ?? '');
    const last = this.#facts.at(-1);
    const found = last !== undefined && ` ${rows} `.includes(` ${normalizeName(last.to)} `);
    return { calculate: '', answer: found ? this.#question.answer : '' };
  }

  choose(): OutputOf<'chooseAnswer'> {
    const answers = (section(this.#text, 'Answers') ?? '').split('\n').map((line) => line.replace(/^\d+\. /, ''));
    const right = answers.findIndex((answer) => normalizeName(answer) === normalizeName(this.#question.answer));
    return { choice: Math.max(right, 0) + 1 };
  }

  /** Hops that are not known and can be asked now: what they rest on is known. */
  #missing(): number[] {
    const open = this.#facts.filter(({ hop }) => !this.#known.has(hop)).map(({ hop }) => hop);
    const askable = open.filter((hop) => referencesOf(this.#question, hop).every((before) => this.#known.has(before)));
    return askable.length > 0 ? askable : open.slice(0, 1);
  }

  /** A sub-question with the answers that the graph shows in place of #1, #2, …. */
  #ask(hop: number): string {
    return this.#question.decomposition[hop]!.question.replace(/#(\d+)/g, (reference, number: string) => {
      const before = Number(number) - 1;
      return this.#known.has(before) ? (this.#question.decomposition[before]?.answer ?? reference) : '';
    })
      .replace(/\s*>>\s*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  }
}

/** Queries that read what edges of a type reach, and one for a graph that holds no answer yet. */
const QUERIES: Record<QueryLanguage, { endsOf(type: string): string; nothing: string }> = {
  cypher: {
    endsOf: (type) => `MATCH (s)-[:${type}]->(o) RETURN o.name AS answer`,
    nothing: 'MATCH (n) WHERE n.name = "nothing is known yet" RETURN n.name',
  },
  sparql: {
    endsOf: (type) => `SELECT ?answer WHERE { ?s rel:${type} ?o . ?o prop:name ?answer }`,
    nothing: 'SELECT ?name WHERE { ?n prop:name ?name . FILTER(?name = "nothing is known yet") }',
  },
  javascript: {
    endsOf: (type) => `return graph.edges({ type: ${JSON.stringify(type)} }).map(({ to }) => ({ answer: to.name }));`,
    nothing: 'return graph.nodes({ name: "nothing is known yet" });',
  },
};

/** The language that a request asks for a query in. */
function languageOf(system: string): QueryLanguage {
  const [, named] = /^You (?:write|repair) (?:a )?(Cypher|SPARQL|JavaScript)\b/.exec(system) ?? [];
  return named === 'SPARQL' ? 'sparql' : named === 'JavaScript' ? 'javascript' : 'cypher';
}

/** Searches a round. */
const SEARCHES = LIMITS.toolCallsPerRound;

/** Pages of a search's results that are read at most. */
const PAGES = [1, 2, 3, 4, 5, 6];

/** The value of a prompt's section, up to the next blank line that a section starts after. */
function section(text: string, name: string): string | undefined {
  const match = new RegExp(
    `(?:^|\\n\\n)${name}:[ \\n]?([\\s\\S]*?)(?=\\n\\n[A-Z][^\\n]*[:?](?: |\\n|$)|\\n\\nOutput of |$)`,
  ).exec(text);
  return match?.[1];
}

function outputOf(text: string): string {
  return /\n-{10}\n([\s\S]*)\n-{10}\n/.exec(text)?.[1] ?? '';
}

/** Whether a tool's output shows a paragraph: whole, or, where it is cut into passages, the one that holds the answer. */
function shows(output: string, paragraph: string, answer: string): boolean {
  const whole = normalizeName(paragraph);
  if (whole === '') return false;
  if (output.includes(whole)) return true;
  const gold = normalizeName(answer);
  return passagesOf(paragraph).some((passage) => passage.includes(gold) && output.includes(passage));
}

/** Long stretches of a paragraph, at sentence bounds: none shorter than would be recognised for sure. */
function passagesOf(paragraph: string): string[] {
  if (paragraph.length <= PASSAGE) return [];
  const sentences = paragraph.split(/(?<=[.!?]\s)/);
  return sentences.map((_, index) => normalizeName(sentences.slice(index, index + 2).join('')));
}

const PASSAGE = 1_500;

function referencesOf(question: Question, hop: number): number[] {
  const matches = question.decomposition[hop]!.question.matchAll(/#(\d+)/g);
  return [...matches].map(([, number]) => Number(number) - 1).filter((before) => before >= 0 && before < hop);
}

function factOf(question: Question, hop: number): Fact {
  const { question: asked, answer } = question.decomposition[hop]!;
  const [before] = referencesOf(question, hop);
  const subject = before === undefined ? subjectOf(asked) : question.decomposition[before]!.answer;
  const from = normalizeName(subject) === '' ? (question.paragraphs[0]?.title ?? 'question') : subject;
  const words = normalizeType(asked.replace(/#\d+/g, ' ').replace(/.*>>/, ' ')).slice(0, 40).replace(/_$/, '');
  const same = normalizeName(from) === normalizeName(answer);
  return {
    hop,
    from: same ? `${from} (subject)` : from,
    fromLabel: 'Thing',
    // The hop's number keeps hops of the same words apart.
    type: `${words}_${hop + 1}`,
    to: normalizeName(answer) === '' ? `value ${answer}` : answer,
    toLabel: 'Answer',
  };
}

/** The subject of a sub-question: what stands before `>>`, or its names, or itself. */
function subjectOf(asked: string): string {
  const [subject, relation] = asked.split('>>');
  if (relation !== undefined) return subject!.replace(/#\d+/g, '').trim();
  return namesOf(asked) || asked.replace(/[?#\d]/g, '').trim();
}

/** Words in capitals, but for a question word at the start. */
function namesOf(text: string): string {
  const words = text
    .replace(/[?.,"]/g, ' ')
    .split(/\s+/)
    .filter(Boolean);
  return words
    .filter((word, index) => /^[\p{Lu}\p{N}]/u.test(word) && !(index === 0 && QUESTION_WORD.test(word)))
    .join(' ');
}

const QUESTION_WORD = /^(who|whom|whose|what|when|where|which|why|how|in|on|at|of|the|from|is|was|are|did|do|does)$/i;
