import { openStore } from '../support/graph-stores.ts';
import { graphStoreConformance } from './conformance.ts';

graphStoreConformance('memory', (artifacts) => openStore('memory', artifacts));
