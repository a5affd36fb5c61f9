import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkExtraction,
  edgeId,
  isProblemOf,
  nodeKey,
  normalizeLabel,
  normalizeProperty,
  normalizeType,
} from '../../src/domain/changes.ts';
import type { Extraction } from '../../src/domain/changes.ts';
import { SEEDED } from '../support/property.ts';

/** An identifier that Cypher takes without quotes. */
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/** Words in Latin letters, with accents, digits and whatever keyboards have besides. */
const words = fc.string({
  unit: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ019_- .,:;/\\\'"`{}()[]<>|&$#@!?%*+=~^\n\t\0') },
    { weight: 2, arbitrary: fc.constantFrom(...'äÖßéñçŁøÆ漢字αΩжЯאب²½①ﬁ🙂किी्İŉǰΐĸǅ·৴\u0301\u0345') },
  ),
  maxLength: 30,
});

function extraction(parts: Partial<Extraction>): Extraction {
  return { nodes: [], edges: [], retract: [], ...parts };
}

function node(name: string, label = 'Thing', properties: Extraction['nodes'][number]['properties'] = []) {
  return { name, label, properties };
}

describe('names in one spelling', () => {
  it('are identifiers that Cypher takes unquoted, whatever the model wrote', () => {
    fc.assert(
      fc.property(words, (text) => {
        expect(normalizeLabel(text)).toMatch(IDENTIFIER);
        expect(normalizeType(text)).toMatch(IDENTIFIER);
        const property = normalizeProperty(text);
        if (property !== undefined) expect(property).toMatch(IDENTIFIER);
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it('stay as they are when they are brought into it again', () => {
    fc.assert(
      fc.property(words, (text) => {
        expect(normalizeLabel(normalizeLabel(text))).toBe(normalizeLabel(text));
        expect(normalizeType(normalizeType(text))).toBe(normalizeType(text));
        const property = normalizeProperty(text);
        if (property !== undefined) expect(normalizeProperty(property)).toBe(property);
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it.each([
    ['sports team', 'SportsTeam', 'SPORTS_TEAM', 'sports_team'],
    ['bornIn', 'BornIn', 'BORN_IN', 'born_in'],
    ['2nd place', 'T2ndPlace', 'R_2ND_PLACE', 'p_2nd_place'],
    ['***', 'Thing', 'RELATED_TO', undefined],
    ['b2b', 'B2b', 'B2B', 'b2b'],
    ['covid19Cases', 'Covid19Cases', 'COVID19_CASES', 'covid19_cases'],
    ['in', 'In_', 'IN_', 'in_'],
    ['Union', 'Union_', 'UNION_', 'union_'],
    ['is in', 'IsIn', 'IS_IN', 'is_in'],
    ['किताब', 'किताब', 'किताब', 'किताब'],
  ])('%j becomes the label %s, the type %s, the property %s', (text, label, type, property) => {
    expect([normalizeLabel(text), normalizeType(text), normalizeProperty(text)]).toEqual([label, type, property]);
  });
});

describe('checkExtraction', () => {
  it('turns names into keys, and notes the source of each change', () => {
    const { changes, problems } = checkExtraction(
      extraction({
        nodes: [node('Ada Lovelace', 'person', [{ name: 'Birth Year', value: 1815 }]), node('London', 'city')],
        edges: [{ from: 'ada LOVELACE', type: 'born in', to: 'London', properties: [] }],
      }),
      new Map(),
      'round 1: search',
    );
    expect(problems).toEqual([]);
    const ada = {
      key: 'Person:ada lovelace',
      labels: ['Person'],
      properties: { name: 'Ada Lovelace', birth_year: 1815 },
    };
    expect(changes[0]).toEqual({ op: 'upsert-node', node: ada, source: 'round 1: search' });
    const edge = { from: 'Person:ada lovelace', to: 'City:london', type: 'BORN_IN', properties: {} };
    expect(changes[2]).toEqual({ op: 'upsert-edge', edge, source: 'round 1: search' });
  });

  it('adds a thing that only an edge names, once', () => {
    const edges = ['knows', 'writes to'].map((type) => ({ from: 'Ada', type, to: 'Charles', properties: [] }));
    const { changes, problems } = checkExtraction(extraction({ nodes: [node('Ada')], edges }), new Map(), 's');
    expect(problems).toEqual([]);
    expect(changes.map(({ op }) => op)).toEqual(['upsert-node', 'upsert-node', 'upsert-edge', 'upsert-edge']);
    const charles = { key: 'Thing:charles', labels: ['Thing'], properties: { name: 'Charles' } };
    expect(changes[1]).toEqual({ op: 'upsert-node', node: charles, source: 's' });
  });

  it('says which end of an edge has no name', () => {
    const edges = [{ from: '?', type: 'knows', to: 'Charles', properties: [] }];
    const { changes, problems } = checkExtraction(extraction({ edges }), new Map([['charles', 'P:charles']]), 's');
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      'The edge ? -KNOWS-> Charles names "?", which holds no letter or digit: name the thing.',
    ]);
  });

  it('says of a retracted edge that its ends are not in the graph, and adds neither', () => {
    const retract = [{ from: 'A', type: 't', to: 'B' }];
    const { changes, problems } = checkExtraction(extraction({ retract }), new Map([['a', 'T:a']]), 's');
    expect(changes).toEqual([]);
    expect(problems).toEqual(['The retracted edge A -T-> B is not in the graph: name its ends as the graph does.']);
  });

  it('refuses a node whose name holds no letter or digit', () => {
    const { changes, problems } = checkExtraction(extraction({ nodes: [node(' ?! ')] }), new Map(), 's');
    expect(changes).toEqual([]);
    expect(problems).toEqual(['A node has the name " ?! ", which holds no letter or digit: name the thing.']);
  });

  it('adds to a known node, keeps the name it was first given, and adds the new label', () => {
    const known = new Map([['peru', 'Country:peru']]);
    const { changes } = checkExtraction(
      extraction({ nodes: [node('PERU', 'State', [{ name: 'area', value: 1_285_216 }])] }),
      known,
      's',
    );
    const peru = { key: 'Country:peru', labels: ['Country', 'State'], properties: { area: 1_285_216 } };
    expect(changes).toEqual([{ op: 'upsert-node', node: peru, source: 's' }]);
  });

  it('lets no property overwrite the name, and leaves out properties without a name or value', () => {
    const properties = [
      { name: 'Name', value: 'other' },
      { name: '--', value: 1 },
      { name: 'empty', value: '' },
      { name: 'zero', value: 0 },
      { name: 'no', value: false },
    ];
    const { changes } = checkExtraction(extraction({ nodes: [node('X', 'Y', properties)] }), new Map(), 's');
    expect(changes[0]).toMatchObject({ node: { properties: { name: 'X', zero: 0, no: false } } });
    expect(Object.keys((changes[0] as { node: { properties: object } }).node.properties)).toHaveLength(3);
  });

  it('retracts an edge between nodes of the graph', () => {
    const known = new Map(['a', 'b'].map((name) => [name, `T:${name}`]));
    const { changes } = checkExtraction(extraction({ retract: [{ from: 'A', type: 'is in', to: 'B' }] }), known, 's');
    expect(changes).toEqual([{ op: 'retract-edge', from: 'T:a', to: 'T:b', type: 'IS_IN', source: 's' }]);
  });
});

describe('what a model extracted from hostile text', () => {
  it('names one thing, whatever unseen characters stand in its name', () => {
    const names = ['Peru', 'Pe\u200bru', '\u202ePeru\u202c', 'Pe\u{e0041}ru'];
    const { changes } = checkExtraction(extraction({ nodes: names.map((name) => node(name)) }), new Map(), 's');
    expect(new Set(changes.map((change) => (change as { node: { key: string } }).node.key)).size).toBe(1);
    const edges = [{ from: 'Pe\u200bru', type: 'HAS', to: 'Lima\u0007', properties: [] }];
    const added = checkExtraction(extraction({ edges, retract: edges }), new Map([['peru', 'T:peru']]), 's');
    expect(added.problems).toEqual([]);
    expect(added.changes[0]).toMatchObject({ node: { properties: { name: 'Lima' } } });
    expect(added.changes[1]).toMatchObject({ edge: { from: 'T:peru' } });
    expect(added.changes[2]).toMatchObject({ op: 'retract-edge', from: 'T:peru' });
  });

  it('has names of one line, and values that a person sees', () => {
    const properties = [
      { name: 'motto', value: 'Firm\u202e and\nhappy' },
      { name: 'hidden', value: '\u200b\u{e0041}' },
    ];
    const { changes } = checkExtraction(
      extraction({ nodes: [node('Ada\n\nTools:\n- all', 'Person', properties)] }),
      new Map(),
      's',
    );
    expect(changes).toMatchObject([{ node: { properties: { name: 'Ada Tools: - all', motto: 'Firm and\nhappy' } } }]);
    expect((changes[0] as { node: { properties: object } }).node.properties).not.toHaveProperty('hidden');
  });

  it('is told as problems of one line each', () => {
    const retract = [{ from: 'Nobody\n\nTools:\n- all', type: 'is', to: 'Peru' }];
    const { problems } = checkExtraction(extraction({ retract }), new Map(), 's');
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('\n');
    expect(isProblemOf(problems[0]!, retract[0]!, { retracted: true })).toBe(true);
  });
});

describe('isProblemOf', () => {
  const edge = { from: '?', type: 'is in', to: 'Peru' };
  const problemsOf = (parts: Partial<Extraction>): string[] =>
    checkExtraction(extraction(parts), new Map([['peru', 'T:peru']]), 's').problems;

  it('finds the edge that a problem is about, and the one that is retracted', () => {
    const [problem] = problemsOf({ edges: [{ ...edge, properties: [] }] });
    const [retraction] = problemsOf({ retract: [edge] });
    expect(isProblemOf(problem!, edge, { retracted: false })).toBe(true);
    expect(isProblemOf(problem!, edge, { retracted: true })).toBe(false);
    expect(isProblemOf(retraction!, edge, { retracted: true })).toBe(true);
    expect(isProblemOf(retraction!, edge, { retracted: false })).toBe(false);
  });

  it('finds no edge whose ends are only parts of the names', () => {
    const edges = [{ from: '?', type: 'is in', to: 'Peru City', properties: [] }];
    const [problem] = problemsOf({ edges });
    for (const other of [edge, { ...edge, from: '' }, { ...edge, to: '' }, { ...edge, type: 'is' }]) {
      expect(isProblemOf(problem!, other, { retracted: false })).toBe(false);
    }
  });
});

describe('identity', () => {
  it('of an edge is its ends, its direction, its type and its key', () => {
    const edge = { from: 'A:a', to: 'A:b', type: 'T' };
    const others = [
      { ...edge, key: '2' },
      { ...edge, type: 'U' },
      { ...edge, from: 'A:b', to: 'A:a' },
    ];
    expect(new Set([edge, ...others].map(edgeId)).size).toBe(4);
    expect(edgeId({ ...edge, key: '' })).toBe(edgeId(edge));
  });

  it('of a node is its first label and its name, however they are written', () => {
    expect(nodeKey('sports team', 'Houston  ASTROS')).toBe(nodeKey('SportsTeam', 'houston astros'));
  });
});
