/** The pages by address, in the order of the navigation. */
export const navigation = [
  { path: '/console', title: 'Overview' },
  { path: '/console/figures', title: 'Figures' },
  { path: '/console/cohorts', title: 'Cohorts' },
  { path: '/console/journey', title: 'Journey' },
  { path: '/console/profiles', title: 'Profiles' },
  { path: '/console/touchpoint', title: 'Touchpoint' },
  { path: '/console/at-risk', title: 'At risk' },
  { path: '/console/health', title: 'Health' },
] as const;

/** Whether the page of a navigation item is the one at `path`, or above it. */
export function isCurrent(item: string, path: string): boolean {
  return item === '/console' ? path === item : path === item || path.startsWith(`${item}/`);
}
