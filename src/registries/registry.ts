export type {
  BadRecord,
  ReadRecord,
  Registry,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
} from './adapter.ts';
