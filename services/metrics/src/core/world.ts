/**
 * The identifiers that a batch touches, with their folded histories, and the two steps from an identifier to its profile:
 * identifier -> root -> the root's profile. An identifier's own history lives on it; what hangs from a root is summed on
 * the root as well, so a profile is folded over its few roots however much hangs from them.
 */
import { addHistory, createHistory, type History } from './history.ts';

export interface IdentifierState {
  id: string;
  /** of the membership; -1 when it was never told */
  version: number;
  root: string;
  /** Of a root, the founder of its cluster; of others, the identifier itself. */
  profile: string;
  identifying: boolean;
  own: History;
  /** Sum over the identifiers that hang from this one. */
  hung: History;
  /** How many of those are identifying. */
  hungIdentifying: number;
}

export function createIdentifierState(id: string): IdentifierState {
  return {
    id,
    version: -1,
    root: id,
    profile: id,
    identifying: false,
    own: createHistory(),
    hung: createHistory(),
    hungIdentifying: 0,
  };
}

export class World {
  readonly #identifiers = new Map<string, IdentifierState>();
  readonly #byProfile = new Map<string, Set<IdentifierState>>();
  /** Whose membership or histories were changed since it was loaded. */
  readonly changed = new Set<IdentifierState>();

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
    membership: Pick<IdentifierState, 'version' | 'root' | 'profile' | 'identifying'>,
  ): void {
    this.#byProfile.get(state.profile)?.delete(state);
    state.version = membership.version;
    state.root = membership.root;
    state.profile = membership.profile;
    state.identifying = membership.identifying;
    this.#enter(state);
    this.changed.add(state);
  }

  /** The folded history of a profile, or null when it is unidentified. Not to be modified. */
  fold(profile: string): History | null {
    const parts: History[] = [];
    let identifying = 0;
    for (const state of this.#byProfile.get(profile) ?? []) {
      identifying += state.hungIdentifying;
      parts.push(state.hung);
      if (state.root !== state.id) continue;
      if (state.identifying) identifying += 1;
      parts.push(state.own);
    }
    if (identifying === 0) return null;
    const used = parts.filter((part) => part.counts.size > 0 || part.stages.size > 0);
    if (used.length === 1) return used[0] as History;
    const sum = createHistory();
    for (const part of used) addHistory(sum, part);
    return sum;
  }

  #enter(state: IdentifierState): void {
    let units = this.#byProfile.get(state.profile);
    if (units === undefined) this.#byProfile.set(state.profile, (units = new Set()));
    units.add(state);
  }
}
