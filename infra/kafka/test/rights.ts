/** Rights on a secured broker, by prefixes of names. */
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import { certificateUser } from '../src/index.ts';

/** What infra/docs/deployment.md says that the services need. */
export async function grantServiceRights(admin: Admin): Promise<void> {
  const { READ, WRITE, CREATE, DESCRIBE_CONFIGS } = AclOperationTypes;
  for (const operation of [READ, WRITE, CREATE, DESCRIBE_CONFIGS])
    await grant(admin, 'service', 'v1.', operation);
  await grant(admin, 'service', 'v1.', READ, AclResourceTypes.GROUP);
  await grant(admin, certificateUser, 'v1.', WRITE);
}

export async function grant(
  admin: Admin,
  user: string,
  prefix: string,
  operation: AclOperationTypes,
  resourceType = AclResourceTypes.TOPIC,
): Promise<void> {
  await admin.createAcls({
    acl: [
      {
        resourceType,
        resourceName: prefix,
        resourcePatternType: ResourcePatternTypes.PREFIXED,
        principal: `User:${user}`,
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      },
    ],
  });
}
