import { setTimeout } from 'node:timers/promises';
import type { Pause } from '../../core/pipeline/collect.ts';

const BASE_MILLISECONDS = 10;
const MOST_MILLISECONDS = 400;

/** Waits with exponential backoff and full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export const jitteredPause: Pause = async (attempt) => {
  await setTimeout(Math.random() * Math.min(MOST_MILLISECONDS, BASE_MILLISECONDS * 2 ** attempt));
};
