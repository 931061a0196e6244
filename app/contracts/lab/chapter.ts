import * as z from 'zod';

/** The front matter of a chapter, version `lab/v1alpha1` (../shared/lab-format.md; labs/README.md for authors). */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes');
const duration = z.string().regex(/^\d+(ms|s|m)$/, 'a number with ms, s or m');

/** Any object of which a part is named; `kind` says where to look. */
export const partialObject = z.looseObject({ apiVersion: z.string().optional(), kind: z.string(), metadata: z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).optional() });

const tracePattern = z.strictObject({
  kind: z.enum(['request', 'response', 'store', 'watch', 'cri', 'decision', 'container', 'network']).optional(),
  /** Regular expressions over the whole text. */
  from: z.string().optional(),
  to: z.string().optional(),
  label: z.string().optional(),
});

/** What each kind of check is told. One of these keys makes the check. */
export const checkSpecs = {
  /** A partial object that must be contained in one found in the cluster. */
  assert: partialObject,
  /** No object found contains this one. */
  absent: partialObject,
  count: z.strictObject({ of: partialObject, is: z.number().int().optional(), atLeast: z.number().int().optional(), atMost: z.number().int().optional() }),
  /** An expression over listed objects, by their plural names: `pods.all(p, …)`. */
  cel: z.string(),
  /** A request from inside the cluster, and what must come back. In `url`, `{{…}}` is a CEL expression over listed objects; `node: internet` asks from outside, `pod: namespace/name` from inside a Pod, with its own resolver. */
  http: z.strictObject({ url: z.string(), node: z.string().optional(), pod: z.string().optional(), code: z.number().int().optional(), body: z.string().optional(), fails: z.boolean().optional() }),
  /** A part with a power switch runs or does not: for what the API cannot show, above all its own absence. */
  component: z.strictObject({ id: z.string(), running: z.boolean() }),
  /** Somebody may do something, or may not, whatever rules say so. */
  access: z.strictObject({ user: z.string(), verb: z.string(), group: z.string().optional(), resource: z.string(), subresource: z.string().optional(), namespace: z.string().optional(), allowed: z.boolean() }),
  /** A property that must hold during a span of time. */
  over: z.strictObject({ duration, cel: z.string() }),
  /** Messages between components, each caused by the one before. */
  trace: z.array(tracePattern).min(1),
  answer: z.strictObject({
    question: z.string(),
    kind: z.enum(['text', 'choice', 'order']),
    /** Right answers; case and blanks do not matter. For `order`: the right order. */
    correct: z.array(z.string()).optional(),
    /** An expression whose value (or one of whose values) is right: the cluster itself knows the answer. */
    correctCel: z.string().optional(),
    options: z.array(z.string()).optional(),
  }),
} as const;
export type CheckSpecs = { [K in keyof typeof checkSpecs]: z.infer<(typeof checkSpecs)[K]> };
export type CheckKind = keyof CheckSpecs;

const check = z
  .strictObject({
    id,
    /** edge: it happened once; level: it is true now. */
    mode: z.enum(['edge', 'level']).default('level'),
    within: duration.optional(),
    /** True on a fresh cluster already, and meant so. */
    given: z.boolean().default(false),
    failure_message: z.string().optional(),
    hints_when: z.array(z.strictObject({ cel: z.string(), say: z.string() })).default([]),
    ...(Object.fromEntries(Object.entries(checkSpecs).map(([key, schema]) => [key, schema.optional()])) as { [K in CheckKind]: z.ZodOptional<(typeof checkSpecs)[K]> }),
  })
  .refine((value) => Object.keys(checkSpecs).filter((key) => value[key as CheckKind] !== undefined).length === 1, `needs exactly one of ${Object.keys(checkSpecs).join(', ')}`);
export type Check = z.infer<typeof check>;

/** The wires between two nodes (any, when left out), one way. */
const linkFault = z.strictObject({ from: z.string().optional(), to: z.string().optional(), latencyMs: z.number().positive().optional(), lossPercent: z.number().min(1).max(100).optional() });
const action = z.strictObject({ 'component.stop': z.string().optional(), 'network.fault': linkFault.optional(), 'network.heal': z.literal(true).optional(), 'component.start': z.string().optional(), 'clock.pause': z.literal(true).optional(), 'clock.resume': z.literal(true).optional(), apply: z.string().optional() }).refine((value) => Object.keys(value).length === 1, 'needs exactly one action');
export type Action = z.infer<typeof action>;

const fault = z.strictObject({ id, inject: action, /** One check: how the fault shows. */ symptom: z.strictObject({ assert: partialObject.optional(), cel: z.string().optional(), component: checkSpecs.component.optional(), http: checkSpecs.http.optional() }).optional(), revert: action });

const step = z.strictObject({
  id,
  needs: z.array(id).default([]),
  faults: z.array(id).default([]),
  checks: z.array(check).min(1),
  hints: z.array(z.string()).default([]),
  /** Typed one after the other; `answer:` lines of a step with a question stand in `correct`. */
  solve: z.array(z.string()).default([]),
});
export type Step = z.infer<typeof step>;

export const chapterSchema = z.strictObject({
  apiVersion: z.literal('lab/v1alpha1'),
  kind: z.literal('Chapter'),
  id,
  title: z.string(),
  minutes: z.number().int().positive(),
  difficulty: z.enum(['beginner', 'intermediate', 'advanced']),
  domains: z.array(z.string()).default([]),
  needs: z.array(id).default([]),
  backends: z.array(z.enum(['sim', 'kind', 'context'])).default(['sim']),
  cluster: z.strictObject({ workers: z.number().int().optional(), images: z.array(z.string()).default([]) }).default({ images: [] }),
  vars: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.strictObject({ pick: z.array(z.string()).min(1) })).default({}),
  setup: z.array(action).default([]),
  faults: z.array(fault).default([]),
  steps: z.array(step).min(1),
  quiz: z.array(z.strictObject({ question: z.string(), answer: z.string(), distractors: z.array(z.string()).min(1), hints: z.array(z.string()).default([]) })).default([]),
});
export type Chapter = z.infer<typeof chapterSchema>;
