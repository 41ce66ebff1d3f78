/** One row cannot be mapped. Thrown inside the evaluation of a mapping only, and caught where a unit of rows is mapped. */
export type MappingFaultCode =
  | 'column_empty'
  | 'column_missing'
  | 'not_a_number'
  | 'number_not_exact'
  | 'not_a_boolean'
  | 'not_a_time'
  | 'malformed_row'
  | 'not_utf8'
  | 'item_too_large'
  | 'missing_id';

export class MappingFault extends Error {
  readonly code: MappingFaultCode;

  constructor(code: MappingFaultCode, message: string) {
    super(message);
    this.name = 'MappingFault';
    this.code = code;
  }
}
