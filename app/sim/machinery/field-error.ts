/** One finding of validation: becomes `spec.containers[0].image: Required value` and a cause of the Status. */
export interface FieldError {
  readonly type:
    | 'Required' | 'Invalid' | 'Duplicate' | 'Forbidden' | 'NotFound' | 'NotSupported' | 'TooLong' | 'TooMany' | 'TypeInvalid' | 'InternalError';
  /** `spec.containers[0].name` */
  readonly field: string;
  /** The refused value, printed as upstream prints it; absent for Required and Forbidden. */
  readonly value?: unknown;
  readonly detail: string;
}
