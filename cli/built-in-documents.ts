import worldCountries from 'world-countries';
import type { Country } from 'world-countries';
import type { DocumentText } from '../src/domain/run.ts';

/** Codes of the countries that the documents are about. */
const COUNTRIES =
  'PRT ESP FRA AND MAR ITA CHE AUT DEU DNK SWE NOR FIN IRL GBR BEL NLD LUX POL CZE SVK HUN MCO SMR LSO ZAF'.split(' ');

/** The package is CommonJS, and its types say otherwise: its export is the list itself. */
const countries = worldCountries as unknown as readonly Country[];

/** One short document a country, from the npm package world-countries (ODbL). */
export function builtInDocuments(): DocumentText[] {
  const byCode = new Map(countries.map((country) => [country.cca3, country]));
  const list = new Intl.ListFormat('en');
  return COUNTRIES.map((code) => {
    const { name, subregion, capital, area, borders } = byCode.get(code)!;
    const neighbours = borders.map((border) => byCode.get(border)!.name.common);
    const only = neighbours.length === 1 ? 'only ' : '';
    const bordering = neighbours.length === 0 ? 'no other country' : `${only}${list.format(neighbours)}`;
    const text =
      `${name.common} is a country in ${subregion}. Its capital is ${capital[0]}. ` +
      `Its area is ${area} square kilometres. It borders ${bordering}.`;
    return { name: name.common, mediaType: 'text/markdown', text: `# ${name.common}\n\n${text}\n` };
  });
}
