/** What the services answer when they are asked for a reason: the fields that are shown, and whatever else they say. */
import { z } from 'zod';

const end = z.looseObject({ id: z.string(), type: z.string(), value: z.string() });
export type End = z.infer<typeof end>;

const link = z.looseObject({
  to: end,
  kind: z.string(),
  trust: z.string().nullable(),
  via: end.nullable(),
  decision: z.string().nullable(),
  shownBy: z.array(z.looseObject({ source: z.string(), id: z.string(), name: z.string().nullable() })),
});
export type Link = z.infer<typeof link>;
const refused = link.extend({ reason: z.string(), explanation: z.string() });

const connection = link.omit({ to: true }).extend({ from: end, to: end });
const pairSchema = z.looseObject({
  verdict: z.string(),
  path: z.array(connection).default([]),
  refused: z.array(connection.extend({ reason: z.string(), explanation: z.string() })).default([]),
});
export type Pair = z.infer<typeof pairSchema>;

export const memberPageSchema = z.looseObject({
  profile: z.string(),
  members: z.array(
    z.looseObject({
      identifier: end,
      heldBy: link.nullable(),
      refused: z.array(refused),
    }),
  ),
  nextCursor: z.string().nullable(),
  and: pairSchema.nullable(),
});
export type MemberPage = z.infer<typeof memberPageSchema>;

export const figureSchema = z.looseObject({
  definition: z.string(),
  figure: z.string(),
  day: z.string(),
  value: z.number().optional(),
  items: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).optional(),
  nextCursor: z.string().nullable().optional(),
  explained: z
    .looseObject({
      profile: z.string(),
      counted: z.boolean(),
      days: z.array(
        z.looseObject({
          day: z.string(),
          because: z.string(),
          touchpoints: z.array(
            z.looseObject({
              id: z.string(),
              source: z.string(),
              type: z.string(),
              name: z.string().nullable(),
            }),
          ),
        }),
      ),
    })
    .optional(),
});
export type ExplainedFigure = z.infer<typeof figureSchema>;

const rejection = z.looseObject({
  rejectionId: z.string(),
  code: z.string(),
  field: z.string(),
  message: z.string(),
});

export const traceSchema = z.looseObject({
  state: z.string(),
  id: z.string(),
  source: z.string().optional(),
  key: z.string().optional(),
  receivedAt: z.string().optional(),
  belongsTo: z.looseObject({ identifier: end, profile: z.string() }).optional(),
  duplicates: z.looseObject({ copies: z.number() }).optional(),
  conflicts: z.array(z.looseObject({ rejectionId: z.string() })).optional(),
  rejections: z.array(rejection).default([]),
  deadLetters: z.array(z.looseObject({ id: z.number(), state: z.string(), message: z.string() })).default([]),
});
export type Trace = z.infer<typeof traceSchema>;

export const countedSchema = z.looseObject({
  day: z.string(),
  stage: z.string().nullable(),
  countsTransactionOf: z.array(z.string()),
});
export type Counted = z.infer<typeof countedSchema>;
