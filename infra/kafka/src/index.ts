export { hasJavaAndMaven } from './class-path.ts';
export {
  findBrokers,
  startCluster,
  startSecuredCluster,
  stopCluster,
  type SecuredCluster,
} from './cluster.ts';
export { certificateUser, type CertificateFiles, type ClusterUser } from './cluster-security.ts';
