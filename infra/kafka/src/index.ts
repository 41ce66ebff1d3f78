export { hasJavaAndMaven } from './class-path.ts';
export { findBrokers, startCluster, stopCluster } from './cluster.ts';
