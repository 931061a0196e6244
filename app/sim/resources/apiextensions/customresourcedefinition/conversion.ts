import type { FieldError } from '../../../machinery/field-error.ts';
import { forbidden, invalid, notSupported, required } from '../../shared/findings.ts';
import { validateClientConfig } from '../../shared/webhook-client.ts';
import type { Conversion } from './types.ts';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** models apiextensions/validation: validateCustomResourceConversion */
export function validateConversion(conversion: Conversion | undefined, path: string): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  if (!strategy) return [required(`${path}.strategy`)];
  if (strategy !== 'None' && strategy !== 'Webhook') return [notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'])];
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  if (strategy === 'None') {
    return [
      ...(clientConfig ? [forbidden(`${path}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook')] : []),
      ...(conversionReviewVersions.length > 0 ? [forbidden(`${path}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook')] : []),
    ];
  }
  const findings = clientConfig ? validateClientConfig(clientConfig, `${path}.webhookClientConfig`) : [required(`${path}.webhookClientConfig`, 'required when strategy is set to Webhook')];
  if (conversionReviewVersions.length === 0) findings.push(required(`${path}.conversionReviewVersions`));
  else if (!conversionReviewVersions.some((version) => REVIEW_VERSIONS.includes(version))) {
    findings.push(invalid(`${path}.conversionReviewVersions`, conversionReviewVersions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
  return findings;
}
