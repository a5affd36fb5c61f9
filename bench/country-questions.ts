import worldCountries from 'world-countries';
import type { Country } from 'world-countries';
import type { Question } from '../cli/eval/data.ts';
import { builtInDocuments } from '../cli/built-in-documents.ts';

const countries = worldCountries as unknown as readonly Country[];

/** Two-hop questions with a gold decomposition over the built-in documents, for the oracle: real facts, no file needed. */
export function countryQuestions(): Question[] {
  const documents = builtInDocuments();
  const paragraphs = documents.map(({ name, text }) => ({ title: name, text }));
  const shown = new Set(documents.map(({ name }) => name));
  const byCode = new Map(countries.map((country) => [country.cca3, country]));
  return countries
    .filter(({ name, borders }) => borders.length === 1 && shown.has(name.common))
    .flatMap(({ name, borders }): Question[] => {
      const neighbour = byCode.get(borders[0]!)!;
      const capital = neighbour.capital[0];
      if (capital === undefined || !shown.has(neighbour.name.common)) return [];
      const paragraphOf = (title: string): number => paragraphs.findIndex((paragraph) => paragraph.title === title);
      return [
        {
          id: `capital-beside-${name.common.toLowerCase().replace(/\W+/g, '-')}`,
          question: `What is the capital of the only country that borders ${name.common}?`,
          answer: capital,
          aliases: [],
          hops: 2,
          decomposition: [
            {
              question: `${name.common} >> only country that it borders`,
              answer: neighbour.name.common,
              paragraph: paragraphOf(name.common),
            },
            { question: '#1 >> capital', answer: capital, paragraph: paragraphOf(neighbour.name.common) },
          ],
          paragraphs,
        },
      ];
    });
}
