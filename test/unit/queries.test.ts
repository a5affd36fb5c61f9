import { describe, expect, it } from 'vitest';
import { calculates, withoutDirections } from '../../src/domain/queries.ts';

describe('withoutDirections', () => {
  it('opens every edge to both directions', () => {
    expect(withoutDirections('MATCH (a)-[:X]->(b)<-[:Y*1..2]-(c)-->(d)<--(e) RETURN a')).toBe(
      'MATCH (a)-[:X]-(b)-[:Y*1..2]-(c)--(d)--(e) RETURN a',
    );
  });

  it('leaves comparisons and undirected edges as they are', () => {
    const query = "MATCH (a)-[:X]-(b) WHERE a.n < -1 AND a.m > 2 AND a.s = '->' RETURN a";
    expect(withoutDirections(query)).toBe(query);
  });
});

describe('calculates', () => {
  it.each([
    'MATCH (c)-[:B]->(n) RETURN sum(c.area)',
    'match (c) return n.name, avg ( c.area )',
    'MATCH (a)-[:B]->(n) RETURN a.area - n.area AS d',
    'MATCH (a) WITH a RETURN a.area/1000',
    'MATCH (a) RETURN (a.x)*2',
  ])('finds sums, averages and arithmetic in what is returned: %s', (query) => {
    expect(calculates(query)).toBe(true);
  });

  it.each([
    'MATCH (a)-[:B]->(n) WHERE a.x - 1 > 2 RETURN a.name, n.name',
    'MATCH (a) RETURN count(a), max(a.area)',
    'MATCH (a) WHERE sum = 1 RETURN a.name ORDER BY a.x LIMIT 3',
    "MATCH (a) RETURN a.name + ', ' + a.capital, 'x - y', \"sum(\", a.`x - y`",
    'MATCH (a) RETURN a.b AS x, [(a)-[:K]-(c) | c.name] AS l, exists((a)-->(b)), size((a)--(b))',
    'MATCH (a)',
  ])('leaves the others: %s', (query) => {
    expect(calculates(query)).toBe(false);
  });
});
