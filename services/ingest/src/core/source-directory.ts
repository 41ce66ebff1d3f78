/** The settings of every source: those of the environment, and those that operators made, which come and go while ingest runs. */
import type { Trust } from '@throughline/contracts';
import type { SettingsOfSource, SourcesOfEnvironment } from './source-settings.ts';

export interface StoredSource {
  name: string;
  trust: Trust;
  settings: SettingsOfSource;
}

/** Of the keys of the environment. Their settings are the environment's too, and no operator changes them. */
export const builtInSources: Readonly<Record<string, Trust>> = {
  website: 'public',
  server: 'server',
  admin: 'server',
};

export class SourceDirectory {
  readonly #environment: ReadonlyMap<string, SettingsOfSource>;
  #stored: ReadonlyMap<string, StoredSource> = new Map();

  constructor(environment: SourcesOfEnvironment) {
    this.#environment = new Map(Object.entries(environment));
  }

  /** All that are enabled. */
  replaceStored(sources: readonly StoredSource[]): void {
    this.#stored = new Map(sources.map((source) => [source.name, source]));
  }

  settingsOf(source: string): SettingsOfSource {
    return this.#environment.get(source) ?? this.#stored.get(source)?.settings ?? noSettings;
  }

  /** Null for a source that does not exist or is disabled. */
  trustOf(source: string): Trust | null {
    if (Object.hasOwn(builtInSources, source)) return builtInSources[source] ?? null;
    return this.#stored.get(source)?.trust ?? null;
  }

  /** Settings of all that pages may send to. */
  publicSettings(): SettingsOfSource[] {
    const stored = [...this.#stored.values()].filter(({ trust }) => trust === 'public');
    return [this.settingsOf('website'), ...stored.map(({ settings }) => settings)];
  }
}

const noSettings: SettingsOfSource = Object.freeze({});
