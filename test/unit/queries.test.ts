import { describe, expect, it } from 'vitest';
import { withoutDirections } from '../../src/domain/queries.ts';

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
