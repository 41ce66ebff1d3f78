/** The order of identifier types as SQL; `compareIdentifierTypes` of the contracts is the definition, a test compares them. */
const strongestFirst = ['user_id', 'loyalty_id', 'email', 'phone'];
const externalRank = strongestFirst.length;
const afterExternal = ['order_id', 'receipt_id', 'device_id', 'anonymous_id'];

/** Sort keys for a column of types, strongest first; external namespaces among themselves by name. */
export function typeOrder(column: string): string {
  const ranks = [
    ...strongestFirst.map((type, index) => `when '${type}' then ${index}`),
    ...afterExternal.map((type, index) => `when '${type}' then ${externalRank + 1 + index}`),
  ];
  return `case ${column} ${ranks.join(' ')} else ${externalRank} end, ${column} collate "C"`;
}
