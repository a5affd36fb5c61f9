import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { Graph, KnownNode } from '../domain/graph.ts';
import { truncate } from '../domain/text.ts';

/** Nodes that a picture shows at most. */
const MOST_NODES = 150;

const COLOURS = ['#dbeafe', '#dcfce7', '#fef9c3', '#fee2e2', '#f3e8ff', '#ffedd5', '#cffafe', '#e5e7eb'];

/**
 * The graph in Graphviz's language; the newest nodes where there are too many.
 *
 * @param mostNodes nodes that are shown at most
 */
export function toDot(graph: Graph, mostNodes = MOST_NODES): string {
  const nodes = [...graph.nodes.values()].slice(-mostNodes);
  const shown = new Set(nodes.map(({ key }) => key));
  const labels = [...new Set(nodes.map((node) => node.labels[0] ?? ''))];
  const colourOf = (node: KnownNode): string => COLOURS[labels.indexOf(node.labels[0] ?? '') % COLOURS.length]!;
  const left = graph.nodes.size - nodes.length;
  return [
    'digraph knowledge {',
    '  rankdir=LR; bgcolor=white; node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, color="#94a3b8"];',
    '  edge [fontname="Helvetica", fontsize=9, color="#64748b"];',
    ...nodes.map((node) => `  ${quote(node.key)} [label=${quote(nodeText(node))}, fillcolor="${colourOf(node)}"];`),
    ...[...graph.edges.values()]
      .filter(({ from, to }) => shown.has(from) && shown.has(to))
      .map(({ from, to, type }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(type)}];`),
    ...(left > 0 ? [`  label=${quote(`${left} older nodes are not shown`)};`] : []),
    '}',
  ].join('\n');
}

/** Draws the graph as SVG. */
export async function drawGraph(graph: Graph): Promise<string> {
  return (await Graphviz.load()).dot(toDot(graph));
}

function nodeText(node: KnownNode): string {
  const { name, ...others } = node.properties;
  const lines = Object.entries(others)
    .slice(0, 6)
    .map(([property, value]) => `${property}: ${truncate(String(value), 40)}`);
  return [truncate(String(name ?? node.key), 60), ...lines].join('\n');
}

function quote(text: string): string {
  const escaped = text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\r?\n/g, '\\n').replace(/\t/g, ' ');
  // XML knows no other control characters, and no half of a surrogate pair.
  return `"${escaped.replace(/\p{Cc}/gu, '').toWellFormed()}"`;
}
