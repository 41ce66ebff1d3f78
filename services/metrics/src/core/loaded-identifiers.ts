/**
 * The identifiers that a batch touches, with the two steps from an identifier to its profile: identifier -> root -> the
 * root's profile. A profile is read from few roots however much is attached to them.
 */
import type { Trust } from '@throughline/contracts';

export interface IdentifierState {
  id: string;
  /** Of the membership; -1 when none has arrived. */
  version: number;
  root: string;
  /** Of a root, the founder of its cluster; of others, the identifier itself. */
  profile: string;
  identifying: boolean;
  /** How many of the identifiers that are attached to this one are identifying. */
  attachedIdentifying: number;
  /** Whether it has, or once had, a history of its own, and whether anything attached to it has. */
  hasOwn: boolean;
  hasAttached: boolean;
  /** Of an order or receipt: the strongest level at which it met two identifiers of one person type. */
  ambiguous: Trust | null;
}

export function createIdentifierState(id: string): IdentifierState {
  return {
    id,
    version: -1,
    root: id,
    profile: id,
    identifying: false,
    attachedIdentifying: 0,
    hasOwn: false,
    hasAttached: false,
    ambiguous: null,
  };
}

export class LoadedIdentifiers {
  readonly #identifiers = new Map<string, IdentifierState>();
  readonly #byProfile = new Map<string, IdentifierState[]>();
  /** Those that differ from what was loaded. */
  readonly changed = new Set<IdentifierState>();

  /** Independent of this one, nothing changed yet. */
  clone(): LoadedIdentifiers {
    const copy = new LoadedIdentifiers();
    for (const state of this.#identifiers.values()) copy.add({ ...state });
    return copy;
  }

  has(id: string): boolean {
    return this.#identifiers.has(id);
  }

  add(state: IdentifierState): void {
    if (this.#identifiers.has(state.id)) return;
    this.#identifiers.set(state.id, state);
    this.#enter(state);
  }

  find(id: string): IdentifierState | undefined {
    return this.#identifiers.get(id);
  }

  states(): Iterable<Readonly<IdentifierState>> {
    return this.#identifiers.values();
  }

  /** @throws Error when the caller did not load it: a defect, never data */
  get(id: string): IdentifierState {
    const state = this.#identifiers.get(id);
    if (state === undefined) throw new Error(`identifier ${id} was not loaded`);
    return state;
  }

  profileOf(identifier: string): string {
    return this.get(this.get(identifier).root).profile;
  }

  setMembership(
    state: IdentifierState,
    { version, root, profile, identifying, ambiguous }: Membership,
  ): void {
    const left = this.partsOf(state.profile).filter((part) => part !== state);
    this.#byProfile.set(state.profile, left);
    Object.assign(state, { version, root, profile, identifying, ambiguous });
    this.#enter(state);
    this.changed.add(state);
  }

  /** The identifiers that have the profile, roots and those whose attached history counts for it. */
  partsOf(profile: string): readonly IdentifierState[] {
    return this.#byProfile.get(profile) ?? [];
  }

  /** Whether any identifier of the profile is identifying: others are never counted. */
  isIdentified(profile: string): boolean {
    for (const state of this.partsOf(profile)) {
      if (state.attachedIdentifying > 0 || (state.identifying && state.root === state.id)) return true;
    }
    return false;
  }

  #enter(state: IdentifierState): void {
    const parts = this.#byProfile.get(state.profile);
    if (parts === undefined) this.#byProfile.set(state.profile, [state]);
    else parts.push(state);
  }
}

type Membership = Pick<IdentifierState, 'version' | 'root' | 'profile' | 'identifying' | 'ambiguous'>;
