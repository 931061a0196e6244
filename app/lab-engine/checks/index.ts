import type { Check, CheckKind } from '../../contracts/lab/index.ts';
import { access } from './access.ts';
import { absent } from './absent.ts';
import { answer } from './answer.ts';
import { assert } from './assert.ts';
import { cel } from './cel.ts';
import type { CheckContext, CheckResult, CheckType } from './check.ts';
import { component } from './component.ts';
import { count } from './count.ts';
import { http } from './http.ts';
import { over } from './over.ts';
import { trace } from './trace.ts';

/** Every kind of check, by the key that makes it. */
export const checkTypes: { readonly [K in CheckKind]: CheckType<K> } = { absent, access, answer, assert, cel, component, count, http, over, trace };

/** Runs a check once. A check that cannot be run (an unreachable cluster, say) has not passed, and says why. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckResult> {
  const kind = (Object.keys(checkTypes) as CheckKind[]).find((key) => check[key] !== undefined)!;
  try {
    return await (checkTypes[kind] as CheckType<CheckKind>).run(check[kind] as never, context);
  } catch (error) {
    return { passed: false, expected: check.failure_message ?? `check ${check.id}`, observed: unreachable(error) };
  }
}

function unreachable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'the API server does not answer' : (message ?? String(error));
}

export type { CheckContext, CheckResult } from './check.ts';
