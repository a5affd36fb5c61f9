/**
 * `node bench/resolve/evaluate.ts [--json]`: how precise entity resolution is, and how much it finds, on data of which it is known what
 * is there twice. The threshold is chosen on one half of the data, and judged on the other.
 */
import { parseArgs } from 'node:util';
import { table as textTable } from '../../cli/show/terminal.ts';
import { clustersOf } from '../../src/graph/resolve/clusters.ts';
import type { AlikePair } from '../../src/graph/resolve/job.ts';
import { materialOf } from '../../src/graph/resolve/material.ts';
import { pack } from '../../src/graph/resolve/pack.ts';
import { runHere } from '../../src/graph/resolve/resolve-knowledge.ts';
import { THRESHOLD } from '../../src/graph/resolve/score.ts';
import { unitOf } from '../random.ts';
import { pairOf } from './labelled.ts';
import type { Labelled } from './labelled.ts';
import { placesPackages, restaurantsPackage } from './packages.ts';
import { places } from './places.ts';
import { restaurants } from './restaurants.ts';

/** Precision that the threshold is chosen for, on the first halves of restaurants with all facts and of places. */
const WANTED = 0.9;
const THRESHOLDS = Array.from({ length: 15 }, (_, index) => 0.6 + 0.025 * index);
/** Cities, airports and countries of each half of the places. */
const PLACES = 30_000;

interface Figures {
  precision: number;
  recall: number;
  f1: number;
  /** Pairs that were to be found. */
  same: number;
}

/** One half of a data set, with what was found at a threshold. */
type Half = (threshold: number) => Figures;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const sets: { name: string; halves: [Half, Half] }[] = [];
const guides = await restaurantsPackage(log);
for (const [name, facts] of [
  ['restaurants: names, cities, kitchens', ['city', 'type']],
  ['restaurants: addresses as well', ['city', 'type', 'addr']],
  ['restaurants: telephone numbers as well', ['city', 'type', 'addr', 'phone']],
] as const) {
  const data = restaurants(guides, facts);
  const pairs = await alikeIn(data);
  const half = (index: number): Half => {
    // A pair belongs to the half of its restaurant of Fodor's.
    return (threshold) =>
      figuresOf(data, pairs, threshold, (pair) => Math.floor(unitOf(pair.split('\n')[0]!) * 2) === index);
  };
  sets.push({ name, halves: [half(0), half(1)] });
}
const world = await placesPackages(log);
const [first, second] = [0, 1].map((index) => places(world, PLACES, { of: 2, index }));
const halves = await Promise.all(
  [first!, second!].map(async (data): Promise<Half> => {
    const pairs = await alikeIn(data);
    return (threshold) => figuresOf(data, pairs, threshold, () => true);
  }),
);
sets.push({ name: 'places: the countries of one half', halves: halves as [Half, Half] });

const judged = [sets[2]!, sets[3]!];
const chosen = THRESHOLDS.find((threshold) =>
  judged.every(({ halves: [half] }) => half(threshold).precision >= WANTED),
);
const rows = sets.map(({ name, halves: [training, test] }) => ({
  name,
  training: training(THRESHOLD),
  test: test(THRESHOLD),
  curve: THRESHOLDS.map((threshold) => ({ threshold, ...test(threshold) })),
}));
if (values.json) process.stdout.write(`${JSON.stringify({ threshold: THRESHOLD, chosen, rows })}\n`);
else {
  const cells = ({ precision, recall, f1, same }: Figures): string[] => [
    String(same),
    ...[precision, recall, f1].map((share) => share.toFixed(3)),
  ];
  const lines = rows.flatMap(({ name, training, test, curve }) => [
    [name, 'first half', THRESHOLD.toFixed(3), ...cells(training)],
    ['', 'second half', THRESHOLD.toFixed(3), ...cells(test)],
    ...curve
      .filter(({ threshold }) => [0.65, 0.7, 0.75, 0.8, 0.85, 0.9].some((one) => Math.abs(one - threshold) < 1e-9))
      .map(({ threshold, ...figures }) => ['', '', threshold.toFixed(3), ...cells(figures)]),
  ]);
  process.stdout.write(`${textTable(['DATA', 'HALF', 'THRESHOLD', 'PAIRS', 'PRECISION', 'RECALL', 'F1'], lines)}\n\n`);
  process.stdout.write(
    `The least threshold with a precision of ${WANTED} on the first halves of restaurants with all facts and of places: ${chosen?.toFixed(3) ?? 'none'}.\n`,
  );
}

/** Pairs that any of the thresholds may take. */
function alikeIn({ graph }: Labelled): Promise<AlikePair[]> {
  const material = materialOf(graph);
  const { entities } = material;
  return runHere()(pack(material), (sha256) => ({ sha256, entities, threshold: THRESHOLDS[0]! })).then(
    ({ pairs }) => pairs,
  );
}

/** Judges all pairs of each cluster, those that lie in a half alone. */
function figuresOf(
  { graph, same, isSame }: Labelled,
  pairs: readonly AlikePair[],
  threshold: number,
  isIn: (pair: string) => boolean,
): Figures {
  const keys = [...graph.nodes.keys()];
  const wanted = new Set(same.map(([one, other]) => pairOf(one, other)).filter(isIn));
  const { clusters } = clustersOf(
    pairs.filter(({ score }) => score >= threshold),
    (entity) => keys[entity]!,
  );
  let [right, wrong, found] = [0, 0, 0];
  for (const { members } of clusters) {
    for (const [index, one] of members.entries()) {
      for (const other of members.slice(index + 1)) {
        const [a, b] = [keys[one]!, keys[other]!];
        const pair = pairOf(a, b);
        const judgement = isSame(a, b);
        if (judgement === undefined || !isIn(pair)) continue;
        if (judgement) right += 1;
        else wrong += 1;
        if (wanted.has(pair)) found += 1;
      }
    }
  }
  const precision = right + wrong === 0 ? 1 : right / (right + wrong);
  const recall = wanted.size === 0 ? 1 : found / wanted.size;
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall || 1), same: wanted.size };
}
