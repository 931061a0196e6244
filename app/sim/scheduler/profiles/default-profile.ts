import { defaultPlugins } from '../plugins/index.ts';
import type { Profile } from './profile.ts';

/** models scheduler/apis/config/v1: getDefaultPlugins */
export const defaultProfile: Profile = { schedulerName: 'default-scheduler', plugins: defaultPlugins, weights: {} };
