import { CHINESE, ENGLISH, type FaceTexts } from '../../firmware/ui/face-texts.js';
import { language } from './language.js';

/** What the screens of simulated devices say. */
export const faceTexts = (): FaceTexts => (language() === 'zh' ? CHINESE : ENGLISH);
