import { describe, expect, it } from 'vitest';
import { drawGraph, toDot } from '../../src/graph/picture.ts';
import { graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';

const ODD_NAMES = [
  'say "hi"',
  'back\\slash',
  'ends with \\',
  'quote then "\\"',
  'line\nbreak\r\nmore',
  '\\N \\G \\l \\"',
  '<b>bold</b> & co',
  '</svg><script>alert(1)</script>',
  ']; evil [label="x"',
  '// comment /* or */ # not',
  '漢字 😀 é',
  '',
];

const odd = graphOf([
  ...ODD_NAMES.map((name, index) => ({
    op: 'upsert-node' as const,
    node: { key: `Odd:${index} ${name}`, labels: ['Odd "label"'], properties: { name, text: `${name}"` } },
    source: 's',
  })),
  upsertEdge(`Odd:0 ${ODD_NAMES[0]}`, 'SAYS "no"\\', `Odd:1 ${ODD_NAMES[1]}`),
]);

/** The quoted strings of a DOT text, as its grammar reads them; what is left is the text without them. */
function readStrings(dot: string): { strings: string[]; rest: string } {
  const strings: string[] = [];
  const rest = dot.replace(/"((?:[^"\\]|\\[\s\S])*)"/g, (_, string: string) => {
    strings.push(string);
    return '§';
  });
  return { strings, rest };
}

describe('toDot', () => {
  it('quotes names, so that quotes, backslashes and line ends stay inside of them', () => {
    const { strings, rest } = readStrings(toDot(odd));
    expect(rest).not.toMatch(/["\\]/);
    expect(rest.split('\n').filter((line) => line.includes('evil'))).toEqual([]);
    expect(strings).toContain(String.raw`SAYS \"no\"\\`);
    for (const string of strings) expect(string).not.toMatch(/\n/);
  });

  it('leaves out control characters and halves of characters, which SVG cannot hold', () => {
    const graph = graphOf([upsertNode('Odd', 'a\u0001\u001b[31m\u0085b\tc\ud83d', {})]);
    const dot = toDot(graph);
    expect(dot).toContain('[label="a[31mb c\ufffd"');
    expect(dot.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('gives each node and edge one line', () => {
    const lines = toDot(odd).split('\n');
    expect(lines.filter((line) => line.includes('fillcolor='))).toHaveLength(ODD_NAMES.length);
    expect(lines.filter((line) => line.includes(' -> '))).toHaveLength(1);
    expect(lines[0]).toBe('digraph knowledge {');
    expect(lines.at(-1)).toBe('}');
  });

  it('shows the newest nodes of a large graph, the edges between them, and how many are left out', () => {
    const graph = graphOf([
      ...manyNodes(400),
      upsertEdge('Thing:thing 398', 'NEAR', 'Thing:thing 399'),
      upsertEdge('Thing:thing 1', 'NEAR', 'Thing:thing 399'),
    ]);
    const dot = toDot(graph);
    expect(dot).toContain('"Thing:thing 399"');
    expect(dot).not.toContain('"Thing:thing 1"');
    expect(dot.match(/ -> /g)).toHaveLength(1);
    expect(dot).toContain('250 older nodes are not shown');
  });
});

describe('drawGraph', () => {
  it('draws an SVG that shows names and types', async () => {
    const peru = 'Country:peru';
    const ada = 'Person:ada vega';
    const graph = graphOf(
      [upsertNode('Country', 'Peru', { population: 34 }), upsertNode('Person', 'Ada Vega')],
      [upsertEdge(ada, 'LEADS', peru)],
    );
    const svg = await drawGraph(graph);
    expect(svg).toMatch(/<svg[\s\S]*<\/svg>\s*$/);
    for (const text of ['Peru', 'Ada Vega', 'LEADS', 'population: 34']) expect(svg).toContain(text);
  });

  it('draws odd names as text, never as markup', async () => {
    const svg = await drawGraph(odd);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('<b>');
    expect(svg).toContain('&lt;/svg&gt;&lt;script&gt;alert(1)');
    expect(svg.match(/<g id="node/g)).toHaveLength(ODD_NAMES.length);
    expect(svg.match(/<g id="edge/g)).toHaveLength(1);
    expect(svg).toContain('漢字 😀 é');
  });

  it('draws an empty graph', async () => {
    expect(await drawGraph(graphOf())).toContain('<svg');
  });
});
