import { expect, it } from 'vitest';
import { sparkline } from '../../cli/show/sparkline.ts';

it.each([
  [[], ''],
  [[5], ''],
  [[1, 1, 1], '▁▁▁'],
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[10, 0], '█▁'],
])('draws %j as %s', (values, drawn) => {
  expect(sparkline(values)).toBe(drawn);
});

it('draws many values in a few columns, neighbours together', () => {
  expect(sparkline(Array.from({ length: 500 }, (_, index) => index))).toHaveLength(12);
});
