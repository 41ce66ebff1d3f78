/**
 * The answers to a survey that a touchpoint of type `feedback` brings. Its properties name the survey, and have either
 * `answers`, an object from question to answer, or `question` and `answer`, or the answers that need no question: `score`,
 * `rating` and `comment`. Several of these are taken together.
 */
import type { Touchpoint } from '@throughline/contracts';

export interface SurveyAnswer {
  survey: string;
  question: string;
  answer: unknown;
}

/** Of surveys and questions; what is longer is cut, so that a question in full is one all the same. */
const textMaxLength = 200;
const maxAnswers = 100;
const plainQuestions = ['score', 'rating', 'comment'] as const;

export function surveyAnswersOf({
  type,
  name,
  properties = {},
}: Pick<Touchpoint, 'type' | 'name' | 'properties'>): SurveyAnswer[] {
  if (type !== 'feedback') return [];
  const survey = textOf(properties['survey']) ?? textOf(name) ?? 'feedback';
  const given = new Map<string, unknown>();
  const add = (question: string | null, answer: unknown): void => {
    if (question !== null && isAnswer(answer)) given.set(question, answer);
  };
  for (const question of plainQuestions) add(question, properties[question]);
  add(textOf(properties['question']), properties['answer']);
  const { answers } = properties;
  if (typeof answers === 'object' && answers !== null && !Array.isArray(answers)) {
    for (const [question, answer] of Object.entries(answers)) add(textOf(question), answer);
  }
  return [...given].slice(0, maxAnswers).map(([question, answer]) => ({ survey, question, answer }));
}

/** A survey may have a number for a name. Whitespace is one blank, so that a line break can separate the two texts. */
function textOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = Array.from(String(value).trim().replaceAll(/\s+/g, ' ')).slice(0, textMaxLength).join('');
  // An object cannot have it as a name of its own in every reader.
  return text === '' || text === '__proto__' ? null : text;
}

function isAnswer(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** As one name, among the other statements of a person. */
export function answerName({ survey, question }: Pick<SurveyAnswer, 'survey' | 'question'>): string {
  return `${survey}\n${question}`;
}

export function parseAnswerName(name: string): Pick<SurveyAnswer, 'survey' | 'question'> {
  const end = name.indexOf('\n');
  return { survey: name.slice(0, end), question: name.slice(end + 1) };
}
