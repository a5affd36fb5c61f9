import type { Properties, PropertyValue } from '../../src/domain/changes.ts';
import { counted, truncate } from '../../src/domain/text.ts';
import type { DifferingEdge, DifferingNode, GraphDifference } from '../../src/graph/difference.ts';
import { isEmptyDifference } from '../../src/graph/difference.ts';
import type { Line, Section } from './outline.ts';

/** A difference as a page: what happened, by the tool calls that it rests on. */
export function differenceSections(difference: GraphDifference): Section[] {
  const { from, to } = difference;
  const title = `Revision ${from} to ${to}: ${differenceSummary(difference)}`;
  return [{ title, lines: differenceLines(difference) }];
}

/** `2 nodes and 1 edge added, 1 value changed`. */
export function differenceSummary(difference: GraphDifference): string {
  if (isEmptyDifference(difference)) return 'no difference';
  const { added, changed, labels, retracted, merged, split } = difference;
  const things = (nodes: number, edges: number): string =>
    [...(nodes > 0 ? [counted(nodes, 'node')] : []), ...(edges > 0 ? [counted(edges, 'edge')] : [])].join(' and ');
  const parts = [
    [things(added.nodes.length, added.edges.length), 'added'],
    [changed.length > 0 ? counted(changed.length, 'value') : '', 'changed'],
    [labels.length > 0 ? counted(labels.length, 'label') : '', 'changed'],
    [things(retracted.nodes.length, retracted.edges.length), 'retracted'],
    [merged.length > 0 ? counted(merged.length, 'spelling') : '', 'merged'],
    [split.length > 0 ? counted(split.length, 'spelling') : '', 'split off'],
  ];
  return parts.flatMap(([what, done]) => (what === '' ? [] : [`${what} ${done}`])).join(', ');
}

/**
 * One line a fact, below the tool call that it rests on.
 *
 * @param round the round that is told: its own calls need not say so
 */
export function differenceLines(difference: GraphDifference, { round }: { round?: number } = {}): Line[] {
  const bySource = Map.groupBy(factsOf(difference), ({ sources }) => sources.join('; '));
  return [...bySource.values()].map((facts) => {
    const names = facts[0]!.sources.map((source) => source.replace(new RegExp(`^round ${round}: `), ''));
    return { text: `from ${names.join('; ') || 'an unknown source'}`, lines: facts.map(({ line }) => line) };
  });
}

interface Fact {
  sources: string[];
  line: Line;
}

function factsOf({ added, changed, labels, retracted, merged, split }: GraphDifference): Fact[] {
  const plus = (text: string): Line => ({ mark: '+', text, tone: 'good' });
  const minus = (text: string): Line => ({ mark: '−', text, tone: 'bad' });
  return [
    ...added.edges.map((edge) => ({ sources: edge.sources, line: plus(edgeText(edge)) })),
    ...added.nodes.map((node) => ({ sources: node.sources, line: plus(nodeText(node)) })),
    ...changed.map(({ of, property, before, after, source }): Fact => {
      const thing = 'node' in of ? of.node.name : edgeName(of.edge);
      const name = 'node' in of ? `${thing}.${property}` : `(${thing}).${property}`;
      if (before === undefined) return { sources: [source], line: plus(`${name} = ${valueText(after)}`) };
      if (after === undefined) return { sources: [source], line: minus(`${name} = ${valueText(before)}`) };
      return { sources: [source], line: { mark: '~', text: `${name} = ${valueText(before)} → ${valueText(after)}` } };
    }),
    ...labels.map(({ node, label, added: given, source }) => ({
      sources: [source],
      line: (given ? plus : minus)(`${node.name}: ${label}`),
    })),
    ...retracted.edges.map((edge) => ({ sources: [edge.source], line: minus(edgeText(edge)) })),
    ...retracted.nodes.map((node) => ({ sources: [node.source], line: minus(nodeText(node)) })),
    ...merged.map(({ node, name, source }): Fact => ({
      sources: [source],
      line: { mark: '~', text: `${name} is ${node.name}` },
    })),
    ...split.map(({ node, from, source }): Fact => ({
      sources: [source],
      line: { mark: '~', text: `${node.name} is not ${from}` },
    })),
  ];
}

function nodeText({ name, labels, properties: { name: _, ...others } }: DifferingNode): string {
  return `${name}: ${[labels.join(', '), propertiesText(others)].filter(Boolean).join('; ')}`;
}

function edgeName({ fromName, type, toName }: DifferingEdge): string {
  return `${fromName} —${type}→ ${toName}`;
}

function edgeText(edge: DifferingEdge): string {
  const properties = propertiesText(edge.properties);
  return properties === '' ? edgeName(edge) : `${edgeName(edge)} (${properties})`;
}

function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([property, value]) => `${property} = ${valueText(value)}`)
    .join(', ');
}

function valueText(value: PropertyValue | undefined): string {
  return truncate(String(value), 120);
}
